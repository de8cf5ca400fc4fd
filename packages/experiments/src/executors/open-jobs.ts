import type { Executor } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { parseConfig } from '../experiment/parse.js';
import { readJobs, type SubmittedJobs } from './job-folder.js';
import type { ChosenExecutor } from './run-jobs.js';

/** The jobs of a sweep or reproduction and the executor that has them. Throws usage errors where there are none, or where that is not known here. */
export async function openJobs(folder: string, registry: Registry): Promise<{ submitted: SubmittedJobs } & ChosenExecutor> {
  const submitted = await readJobs(folder);
  const executor = registry.resolve('executor', submitted.executor.id) as Executor;
  return { submitted, executor, options: parseConfig(`executor ${executor.id}`, executor.options, submitted.executor.options) };
}
