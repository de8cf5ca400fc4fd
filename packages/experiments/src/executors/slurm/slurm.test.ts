import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { jobsOfPoints } from '../points.js';
import { dependencyOf, planArrays } from './arrays.js';
import { resourceFlags, resourcesOf, slurmOptions } from './options.js';
import { batchScript } from './script.js';

const folder = mkdtempSync(join(tmpdir(), 'basinlab-slurm-script-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const points = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `p${index}` }));
const submitted = (jobs: Parameters<typeof planArrays>[0], size: number) => {
  const arrays: { id: string; jobs: string[] }[] = [];
  const waits = planArrays(jobs, size).map(({ jobs: own }) => {
    const dependency = dependencyOf(own, arrays);
    arrays.push({ id: String(arrays.length + 1), jobs: own.map(({ id }) => id) });
    return dependency;
  });
  return { arrays, waits };
};

describe('job arrays', () => {
  test('measuring follows training task for task, and the report everything', () => {
    const { arrays, waits } = submitted(jobsOfPoints(['sweep'], points(5)), 3);
    expect(arrays.map(({ jobs }) => jobs)).toEqual([
      ['train.p0', 'train.p1', 'train.p2'],
      ['train.p3', 'train.p4'],
      ['measure.p0', 'measure.p1', 'measure.p2'],
      ['measure.p3', 'measure.p4'],
      ['report'],
    ]);
    expect(waits).toEqual([null, null, 'aftercorr:1', 'aftercorr:2', 'afterok:1:2:3:4']);
  });

  test('a measurement of two populations waits for both', () => {
    const jobs = jobsOfPoints(['reproduce', 'x'], [{ name: 'b', also: ['a'] }, { name: 'a' }, { name: 'c', also: ['a', 'c'] }]);
    expect(jobs.at(-1)).toMatchObject({ id: 'report', args: ['reproduce', 'x'] });
    expect(new Set(jobs.at(-1)!.after)).toEqual(new Set(jobs.slice(0, -1).map(({ id }) => id)));
    expect(jobs.slice(0, -1).map(({ id, after }) => [id, after])).toEqual([
      ['train.b', []],
      ['train.a', []],
      ['measure.b', ['train.b', 'train.a']],
      ['measure.a', ['train.a']],
      ['train.c', []],
      ['measure.c', ['train.c', 'train.a']],
    ]);
    expect(submitted(jobs.slice(0, -1), 100).waits).toEqual([null, 'afterok:1']);
    expect(dependencyOf([jobs[2]!], [{ id: '7', jobs: ['train.b', 'train.a', 'train.c'] }])).toBe('afterok:7_0:7_1');
  });
});

describe('options', () => {
  test('become flags of sbatch, those of a kind over those of all', () => {
    const options = slurmOptions.parse({
      partition: 'gpu',
      time: 30,
      gpus: 'a100:2',
      memory: '16G',
      cpus: 4,
      flags: ['--nice'],
      measure: { gpus: 0, time: '1:00:00' },
    });
    expect(resourceFlags(resourcesOf(options, 'train'))).toEqual([
      '--partition=gpu',
      '--time=30',
      '--gpus=a100:2',
      '--cpus-per-task=4',
      '--mem=16G',
      '--nice',
    ]);
    expect(resourceFlags(resourcesOf(options, 'measure'))).toEqual([
      '--partition=gpu',
      '--time=1:00:00',
      '--cpus-per-task=4',
      '--mem=16G',
      '--nice',
    ]);
    expect(slurmOptions.parse({ container: 'apptainer exec x.sif' }).container).toEqual(['apptainer', 'exec', 'x.sif']);
  });

  test.each([[{ partition: 'a b' }], [{ time: 'soon' }], [{ memory: '16 GB' }], [{ flags: ['nice'] }], [{ partitions: 'gpu' }]])(
    '%j is refused',
    (options) => {
      expect(slurmOptions.safeParse(options).success).toBe(false);
    },
  );
});

describe('the batch script', () => {
  /** Runs the script with a worker that is this program, and a scontrol that says what it is asked. */
  function run(worker: string, ...more: { crashes: number }[]): { status: number | null; out: string } {
    const names = join(folder, 'names.txt');
    writeFileSync(names, 'train.a\ntrain.b b\n');
    if (more[0] !== undefined) writeFileSync(join(folder, 'train.b b.crashes'), `${more[0].crashes}\n`);
    writeFileSync(join(folder, 'worker'), `#!/bin/bash\necho "$@"\n${worker}\n`);
    writeFileSync(join(folder, 'scontrol'), '#!/bin/bash\necho "scontrol $@"\nexit 1\n');
    for (const file of ['worker', 'scontrol']) chmodSync(join(folder, file), 0o755);
    const list = { folder: '/data/a sweep', cwd: folder, command: [join(folder, 'worker')], jobs: [] };
    const options = slurmOptions.parse({ setup: ['export SET_UP=1'] });
    const script = batchScript({ list, options, kind: 'train', names, crashes: folder });
    const env = { PATH: `${folder}:${process.env['PATH']}`, SLURM_ARRAY_TASK_ID: '1', SLURM_JOB_ID: '42' };
    const { status, stdout } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' });
    return { status, out: stdout };
  }

  test('does the job of its line and ends as it does', () => {
    expect(run('exit 0')).toEqual({ status: 0, out: 'jobs work /data/a sweep train.b b\n' });
    expect(run('exit 1').status).toBe(1);
  });

  test('puts a job back that was stopped in time or killed, not one that was cancelled or crashes on', () => {
    const again = 'scontrol requeue 42';
    expect(run('exit 85')).toMatchObject({ status: 85, out: expect.stringContaining(again) });
    expect(run('kill -9 $$', { crashes: 0 })).toMatchObject({ status: 137, out: expect.stringContaining(again) });
    expect(run('kill -9 $$', { crashes: 3 }).out).not.toContain(again);
    expect(run('exit 130').out).not.toContain(again);
  });

  test('passes the signal before the time limit on and waits for the end of its worker', () => {
    const worker = `trap 'echo told; sleep 0.2; exit 85' USR2\nkill -USR2 $PPID\nfor i in $(seq 50); do sleep 0.1; done`;
    expect(run(worker)).toMatchObject({ status: 85, out: expect.stringMatching(/told\n.*stopped in time/) });
  });
});
