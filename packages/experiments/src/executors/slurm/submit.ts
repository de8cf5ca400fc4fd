import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Job, JobList } from '@basinlab/core';
import { atomicWrite } from '@basinlab/core/store';
import { jobsFolder } from '../job-folder.js';
import { dependencyOf, planArrays, readArrays, writeArrays } from './arrays.js';
import { slurm } from './command.js';
import { resourceFlags, resourcesOf, type SlurmOptions } from './options.js';
import { batchScript } from './script.js';

/** Submits jobs as arrays, each array noted as soon as Slurm has taken it. Jobs that they wait for are `done`, in the queue, or among them. */
export async function submit(
  list: JobList,
  jobs: readonly Job[],
  done: ReadonlySet<string>,
  options: SlurmOptions,
  atOnce: number,
): Promise<void> {
  const folder = join(jobsFolder(list.folder), 'slurm');
  await mkdir(folder, { recursive: true });
  for (const { kind, jobs: own } of planArrays(jobs, options.arraySize)) {
    const arrays = [...(await readArrays(list.folder))];
    const name = `${kind}-${arrays.length}`;
    const [names, script] = [join(folder, `${name}.txt`), join(folder, `${name}.sh`)];
    await atomicWrite(names, own.map(({ id }) => `${id}\n`).join(''));
    await atomicWrite(script, batchScript({ list, options, kind, names, crashes: folder }));
    const waits = dependencyOf(
      own.map((job) => ({ ...job, after: job.after.filter((id) => !done.has(id)) })),
      arrays,
    );
    const flags = [
      ...['--parsable', '--requeue', '--kill-on-invalid-dep=yes', '--open-mode=append'],
      `--job-name=basinlab-${kind}-${basename(list.folder)}`,
      `--chdir=${list.cwd}`,
      `--output=${join(jobsFolder(list.folder), 'logs', 'slurm-%A_%a.log')}`,
      `--array=0-${own.length - 1}%${atOnce}`,
      `--signal=B:USR2@${options.margin}`,
      ...(waits === null ? [] : [`--dependency=${waits}`]),
      ...resourceFlags(resourcesOf(options, kind)),
    ];
    const id = (await slurm('sbatch', [...flags, script])).trim().split(';')[0]!;
    await writeArrays(list.folder, [...arrays, { id, jobs: own.map((job) => job.id) }]);
  }
}
