import type { JobState } from '@basinlab/core';
import { slurm } from './command.js';
import type { Task } from './arrays.js';

/** How Slurm sees a task. */
export interface QueueState {
  readonly state: JobState;
  /** Slurm's own words. */
  readonly detail: string;
  readonly node: string;
}

export const taskKey = ({ array, index }: Task): string => `${array}_${index}`;

/** States of Slurm in which a job is still in the queue or runs. */
const live: Readonly<Record<string, JobState>> = {
  PENDING: 'queued',
  CONFIGURING: 'queued',
  REQUEUED: 'queued',
  REQUEUE_FED: 'queued',
  REQUEUE_HOLD: 'queued',
  SPECIAL_EXIT: 'queued',
  PREEMPTED: 'queued',
  RESV_DEL_HOLD: 'queued',
  RESIZING: 'running',
  RUNNING: 'running',
  COMPLETING: 'running',
  SIGNALING: 'running',
  STAGE_OUT: 'running',
  STOPPED: 'running',
  SUSPENDED: 'running',
};

/** What is in the queue, by `ARRAY_INDEX`. */
export async function queued(): Promise<ReadonlyMap<string, QueueState>> {
  const text = await slurm('squeue', ['--me', '--noheader', '--array', '--format=%F|%K|%T|%N|%r']);
  return new Map(
    lines(text).flatMap(([array, index, state, node, reason]) => {
      const known = live[state!];
      if (known === undefined) return [];
      const waits = known === 'queued' && reason === 'Dependency' ? 'waiting' : known;
      return [[`${array}_${index}`, { state: waits, detail: reason === 'None' ? state! : reason!, node: node! }] as const];
    }),
  );
}

/** How tasks ended that are not in the queue any more: from the accounting, or where there is none as long as the controller remembers. */
export async function ended(arrays: readonly string[]): Promise<ReadonlyMap<string, QueueState>> {
  if (arrays.length === 0) return new Map();
  try {
    const text = await slurm('sacct', [
      '--noheader',
      '--parsable2',
      '--allocations',
      '--array',
      `--jobs=${arrays.join(',')}`,
      '--format=JobID,State,ExitCode,NodeList',
    ]);
    return new Map(lines(text).map(([id, state, exit, node]) => [id!, finalState(state!, exit!, node!)]));
  } catch {
    const found = new Map<string, QueueState>();
    for (const array of arrays) {
      const text = await slurm('scontrol', ['show', 'job', array, '--oneliner']).catch(() => '');
      for (const line of text.split('\n').filter((one) => one !== '')) {
        const field = (name: string): string => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? '';
        for (const index of indicesOf(field('ArrayTaskId')))
          found.set(`${array}_${index}`, finalState(field('JobState'), field('ExitCode'), field('NodeList')));
      }
    }
    return found;
  }
}

function finalState(state: string, exit: string, node: string): QueueState {
  const [name] = state.split(' ');
  const known = live[name!];
  if (known !== undefined) return { state: known, detail: state, node };
  const detail = exit === '' || exit === '0:0' ? state : `${state}, exit code ${exit}`;
  return { state: name === 'COMPLETED' ? 'done' : name === 'CANCELLED' ? 'cancelled' : 'failed', detail, node };
}

/** Tasks that have not been told apart yet share a line: `0-2,5%4`. */
function indicesOf(text: string): number[] {
  return text
    .replace(/%.*/, '')
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from, to = from] = part.split('-').map(Number);
      return Array.from({ length: to! - from! + 1 }, (_, at) => from! + at);
    });
}

const lines = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('|'));
