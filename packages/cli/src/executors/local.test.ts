import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { executorContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { thisProcess } from '@basinlab/core/store';
import { builtinExecutors, writeJobs } from '@basinlab/experiments';
import { bundleCli } from '../testing/bundled-cli.fixture.js';
import { inProcess, startCli } from '../testing/run-cli.fixture.js';
import { filesOf, recordOf, smallSweep } from '../testing/small-sweep.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'basinlab-local-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const command = await bundleCli(join(folder, 'cli'));

const local = builtinExecutors.find(({ id }) => id === 'local')!;
testContract(
  executorContract(local, {
    options: {},
    command,
    submit: async (list) => {
      await mkdir(list.folder, { recursive: true });
      await writeJobs({ ...list, executor: { id: 'local', options: {} }, atOnce: 2, submitter: thisProcess() });
    },
  }),
);

const start = (...args: string[]) => startCli(args, { command });
const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);
const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await delay(20);
};
const pidOf = (job: string, out: string): number => Number(/pid (\d+)/.exec(recordOf(out, job)?.where ?? '')?.[1]);

describe('a sweep by processes of this machine', () => {
  test('ends in the same bits as one in this process, although a process is killed in the middle', async () => {
    const [alone, together] = [join(folder, 'alone'), join(folder, 'together')];
    const first = await start(...smallSweep(alone)).result;
    expect({ code: first.code, log: first.code === 0 ? '' : first.log }).toEqual({ code: 0, log: '' });
    const { result } = start(...smallSweep(together), '--jobs', '2', '--json');
    const point = 'fixedScale=0';
    const checkpoints = join(together, point, 'checkpoints');
    await until(() => existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.startsWith('epoch-')));
    process.kill(pidOf(`train.${point}`, together), 'SIGKILL');
    const { code, log } = await result;
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(filesOf(together)).toEqual(filesOf(alone));
    expect(filesOf(alone).size).toBe(10);
    expect(recordOf(together, `train.${point}`)!.attempt).toBeGreaterThan(1);

    const listed = await inProcess('jobs', 'list', together, '--json');
    const { jobs } = JSON.parse(listed.out) as { jobs: { job: string; state: string }[] };
    expect(jobs.map(({ job, state }) => `${job} ${state}`)).toEqual([
      'train.fixedScale=0 done',
      'measure.fixedScale=0 done',
      'train.fixedScale=1 done',
      'measure.fixedScale=1 done',
      'report done',
    ]);
  }, 240_000);

  test('Ctrl-C ends every process, and the jobs go on from another command', async () => {
    const out = join(folder, 'stopped');
    const { child, result } = start(...smallSweep(out), '--jobs', '2');
    await until(() => existsSync(join(out, 'fixedScale=1', 'checkpoints')));
    const pids = ['train.fixedScale=0', 'train.fixedScale=1'].map((job) => pidOf(job, out)).filter((pid) => pid > 0);
    child.kill('SIGINT');
    const { code, log } = await result;
    expect({ code, log }).toMatchObject({ code: 130, log: expect.stringContaining('interrupted') });
    expect(pids.filter(alive)).toEqual([]);
    const resumed = await start('jobs', 'resume', out).result;
    expect({ code: resumed.code, log: resumed.code === 0 ? '' : resumed.log }).toEqual({ code: 0, log: '' });
    expect(filesOf(out)).toEqual(filesOf(join(folder, 'alone')));
  }, 240_000);

  test('a process that takes too much memory is ended, a few times', async () => {
    const out = join(folder, 'greedy');
    const { code, log } = await start(...smallSweep(out), '--executor', 'local:memory=20,restarts=1').result;
    expect(code).toBe(1);
    expect(log).toContain('it took more than 20 MB of memory, 2 times');
    expect(log).toContain('jobs: all 5 to be done, got 0');
    expect(readdirSync(join(out, 'jobs', 'logs'))).toContain('process-1.log');
    expect(readFileSync(join(out, 'jobs', 'list.json'), 'utf8')).toContain('"memory": 20');
  }, 120_000);

  test.each([
    [['--executor', 'nowhere'], 'Known: local, slurm'],
    [['--executor', 'local:thread=1'], 'Did you mean threads?'],
    [['--jobs', '0'], '--jobs: a whole number from 1, got 0'],
    [['--executor', 'slurm:partition=two words'], 'partition must be'],
  ])('%j is refused before anything is made', async (more, message) => {
    const out = join(folder, 'refused');
    const { code, log } = await inProcess(...smallSweep(out), ...more);
    expect(log).toContain(message);
    expect([code, existsSync(out)]).toEqual([2, false]);
  });
});
