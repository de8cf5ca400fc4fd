import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor, Job, JobList, JobState, JobStatus } from '../../contracts/index.js';
import * as assert from '../assert.js';
import { identityChecks, optionChecks, type Contract } from './check.js';

/** What the suite needs to run jobs. */
export interface ExecutorExample<O> {
  readonly options: Partial<O>;
  /** How basinlab is started. */
  readonly command: readonly string[];
  /** Told of the folder and jobs of a list before they are run, as `basinlab` notes them. */
  submit(list: JobList): Promise<void>;
}

/** Processes are started, and on a cluster wait for their turn. */
const timeout = 120_000;

/** What every executor must do: keep the order, tell of every job, do nothing twice, cancel what waits for a failure, and go on from where it was stopped. */
export function executorContract<O>(executor: Executor<O>, { options: given, command, submit }: ExecutorExample<O>): Contract {
  const options = executor.options.parse(given);
  const inFolder = (use: (list: (jobs: readonly Job[]) => Promise<JobList>) => Promise<void>) => async () => {
    const folder = await mkdtemp(join(tmpdir(), 'basinlab-jobs-'));
    const list = async (jobs: readonly Job[]): Promise<JobList> => {
      const made = { folder, cwd: folder, command, jobs };
      await submit(made);
      return made;
    };
    try {
      await use(list);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const run = (list: JobList, signal = new AbortController().signal): Promise<JobStatus[]> =>
    new Promise((resolve, reject) => {
      const told: JobStatus[] = [];
      executor.run(list, options, { jobs: 2, signal }).subscribe({
        next: (status) => told.push(status),
        error: reject,
        complete: () => resolve(told),
      });
    });
  const job = (id: string, args: readonly string[], ...after: string[]): Job => ({ id, kind: 'train', args, after });
  const last = (told: readonly JobStatus[]): Record<string, JobState> => Object.fromEntries(told.map(({ job: id, state }) => [id, state]));
  const works = ['--version'];
  const checks = [
    ...identityChecks(executor),
    ...optionChecks(executor.options, given),
    {
      name: 'does jobs after those that they wait for, and none of them again',
      timeout,
      run: inFolder(async (list) => {
        const jobs = await list([job('a', works), job('b', works), job('c', works, 'a', 'b')]);
        const told = await run(jobs);
        assert.deepEqual(last(told), { a: 'done', b: 'done', c: 'done' });
        const at = (id: string, state: JobState): number => told.findIndex((one) => one.job === id && one.state === state);
        for (const id of ['a', 'b'])
          assert.ok(at('c', 'running') === -1 || at(id, 'done') < at('c', 'running'), `c ran before ${id} was done`);
        const { statuses } = await executor.look(jobs, options);
        assert.deepEqual(
          statuses.map(({ job: id, state, attempt }) => [id, state, attempt]),
          ['a', 'b', 'c'].map((id) => [id, 'done', 1]),
        );
        assert.ok((await run(jobs)).every(({ state, attempt }) => state === 'done' && attempt === 1));
      }),
    },
    {
      name: 'tells why a job failed, cancels what waits for it, does the rest, and tries again when asked',
      timeout,
      run: inFolder(async (list) => {
        // A command that fails until there are jobs, none, in another folder.
        const { folder } = await list([]);
        const other = join(folder, 'other');
        const jobs = await list([job('a', ['jobs', 'list', other]), job('b', works, 'a'), job('c', works, 'b'), job('d', works)]);
        const told = await run(jobs);
        assert.deepEqual(last(told), { a: 'failed', b: 'cancelled', c: 'cancelled', d: 'done' });
        assert.match(told.findLast((one) => one.job === 'a')!.detail!, /the folder of a sweep or reproduction/);
        const none = {
          folder: other,
          jobs: [],
          executor: { id: 'local', options: {} },
          submitter: { pid: 1, host: 'elsewhere', started: null },
        };
        await mkdir(join(other, 'jobs'), { recursive: true });
        await writeFile(join(other, 'jobs', 'list.json'), JSON.stringify(none));
        assert.deepEqual(last(await run(jobs)), { a: 'done', b: 'done', c: 'done', d: 'done' });
      }),
    },
    {
      name: 'stops when it is told, and goes on in another call',
      timeout,
      run: inFolder(async (list) => {
        const jobs = await list([job('a', works), job('b', works, 'a')]);
        await assert.rejects(run(jobs, AbortSignal.abort(new Error('stopped'))));
        assert.deepEqual(last(await run(jobs)), { a: 'done', b: 'done' });
      }),
    },
  ];
  return { name: `executor ${executor.id}`, checks };
}
