import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { from } from 'rxjs';
import { z } from 'zod';
import type { Executor, Job, JobList, JobStatus } from '../../../contracts/index.js';
import { executorContract } from '../executor.js';
import { brokenBy, type Collection } from './collection.fixture.js';

const options = z.strictObject({ patience: z.number().default(1) });
type Tiny = Executor<z.output<typeof options>>;

/** What basinlab says to the command lines of the suite. */
const basinlab = `
const [first, , folder] = process.argv.slice(1);
if (first !== '--version' && !require('node:fs').existsSync(folder + '/jobs/list.json')) {
  console.error('the folder of a sweep or reproduction');
  process.exit(2);
}`;

const notes = ({ folder }: JobList): string => join(folder, 'tiny.json');
const noted = async (list: JobList): Promise<Record<string, JobStatus>> =>
  JSON.parse(await readFile(notes(list), 'utf8').catch(() => '{}')) as Record<string, JobStatus>;

/** How jobs are done: each member can be wrong. */
interface Habits {
  readonly order: (jobs: readonly Job[]) => readonly Job[];
  readonly isDone: (status: JobStatus | undefined) => boolean;
  readonly isHeldUp: (job: Job, states: Readonly<Record<string, JobStatus>>) => boolean;
  readonly reasonOf: (error: Error) => string;
  readonly stops: boolean;
}
const right: Habits = {
  order: (jobs) => jobs,
  isDone: (status) => status?.state === 'done',
  isHeldUp: ({ after }, states) => after.some((id) => states[id]?.state !== 'done'),
  reasonOf: ({ message }) => message,
  stops: true,
};

/** One process after the other, in the order of the list. */
const runWith = (habits: Habits): Tiny['run'] =>
  function run(list, _, { signal }) {
    return from(
      (async function* (): AsyncGenerator<JobStatus> {
        const states = await noted(list);
        for (const job of habits.order(list.jobs)) {
          if (habits.stops) signal.throwIfAborted();
          const attempt = (states[job.id]?.attempt ?? 0) + 1;
          if (!habits.isDone(states[job.id])) {
            const [program, ...first] = list.command;
            const heldUp = habits.isHeldUp(job, states);
            if (!heldUp) yield { job: job.id, state: 'running', attempt };
            const failure = heldUp
              ? null
              : await promisify(execFile)(program!, [...first, ...job.args]).then(
                  () => undefined,
                  (error: Error) => error,
                );
            const state = failure === null ? 'cancelled' : failure === undefined ? 'done' : 'failed';
            states[job.id] = { job: job.id, state, attempt, ...(failure != null && { detail: habits.reasonOf(failure) }) };
            await writeFile(notes(list), JSON.stringify(states));
          }
          yield states[job.id]!;
        }
      })(),
    );
  };

const tinyExecutor: Tiny = {
  id: 'tiny-executor',
  summary: 'one process after the other',
  options,
  run: runWith(right),
  look: async (list) => ({ statuses: Object.values(await noted(list)), ended: true }),
  cancel: () => Promise.resolve(),
};

const contract = (change: Partial<Tiny>) =>
  executorContract(
    { ...tinyExecutor, ...change },
    { options: {}, command: [process.execPath, '-e', basinlab, '--'], submit: () => Promise.resolve() },
  );
const doing = (change: Partial<Habits>): Partial<Tiny> => ({ run: runWith({ ...right, ...change }) });
const order = 'does jobs after those that they wait for, and none of them again';
const failing = 'tells why a job failed, cancels what waits for it, does the rest, and tries again when asked';

/** Executors that keep notes in the folder. */
export const executors: Collection = {
  family: 'executor',
  right: [contract({})],
  broken: brokenBy<Tiny>(contract, [
    ['the last job first', order, doing({ order: (jobs) => [...jobs].reverse(), isHeldUp: () => false })],
    ['everything again', order, doing({ isDone: () => false })],
    ['no memory of jobs', order, { look: () => Promise.resolve({ statuses: [], ended: true }) }],
    ['work on what a failed job should have made', failing, doing({ isHeldUp: () => false })],
    ['no reason for a failure', failing, doing({ reasonOf: () => 'it failed' })],
    ['a failure that is final', failing, doing({ isDone: (status) => status !== undefined })],
    ['one that does not mind the signal', 'stops when it is told, and goes on in another call', doing({ stops: false })],
    ['options that take any key', 'an unknown option is refused', { options: z.object(options.shape) as never }],
  ]),
};
