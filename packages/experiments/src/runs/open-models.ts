import { resolve } from 'node:path';
import { listCheckpoints } from '@basinlab/core/store';
import { join } from 'node:path';
import type { LoadRegistry, OpenedRun } from './load-models.js';
import { openExperiment } from './load-models.js';
import { parseModelRef } from './model-ref.js';
import { usageError } from '../errors/usage-error.js';

/** A run, or some of its models, that a user named. */
export interface NamedRun {
  readonly run: OpenedRun;
  /** As it was typed: what rows say where there are several. */
  readonly name: string;
  /** Positions of the models that are meant; null for all. */
  readonly models: readonly number[] | null;
}

/** Opens runs (`DIR`) and single models of runs (`DIR:N`), without loading anything. Throws usage errors for what is not there. */
export async function openRuns(refs: readonly string[], load?: LoadRegistry): Promise<readonly NamedRun[]> {
  const opened: NamedRun[] = [];
  for (const name of refs) {
    const isModel = /:\d+$/.test(name);
    const { directory, model } = isModel ? parseModelRef(name) : { directory: name, model: 0 };
    const run = await openExperiment(resolve(directory), load);
    const { models } = run.experiment.training;
    if (isModel && model > models) throw usageError('measure', `a model of ${directory}, 1 to ${models}`, model);
    opened.push({ run, name, models: isModel ? [model - 1] : null });
  }
  return opened;
}

/**
 * The epochs of a run that are asked for: `last`, `all` that are kept, or a list. Throws a usage error for one whose checkpoint is not there.
 */
export async function epochsOf({ directory }: OpenedRun, asked: 'last' | 'all' | readonly number[]): Promise<readonly number[]> {
  const kept = (await listCheckpoints(join(directory, 'checkpoints'))).map(({ epoch }) => epoch);
  const remedy = 'Keep more when training: --set training.keepCheckpoints=all';
  if (kept.length === 0) throw usageError(directory, 'a run with a checkpoint', 'none', 'Train it first');
  if (asked === 'last') return [kept.at(-1)!];
  if (asked === 'all') return kept;
  const missing = asked.find((epoch) => !kept.includes(epoch));
  if (missing !== undefined) throw usageError(directory, `epochs among ${kept.join(', ')}`, missing, remedy);
  return asked;
}
