import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Network, Variables } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { usageError } from '../errors/usage-error.js';
import type { Experiment } from '../experiment/schema.js';
import { loadModels, openExperiment, type LoadedModels, type LoadRegistry, type OpenedRun } from './load-models.js';
import { demandComparable } from './comparable.js';
import { pairAtOneSize, type OneSize } from './one-size.js';
import { epochsOf } from './open-models.js';
import { inForm } from './rewrite.js';
import { parseModelRef } from './model-ref.js';

/** Two models and the name of their pair. */
export interface ModelPair {
  readonly name: string;
  readonly first: Variables;
  readonly second: Variables;
  /** Where the runs have models of other sizes: what was made of them. */
  readonly sized?: Pick<OneSize, 'padded' | 'paddedIn' | 'resized' | 'experiment'>;
}

/** The experiment of one or two runs, whose pairs can be loaded. */
export interface OpenedPairs {
  readonly experiment: Experiment;
  readonly registry: Registry;
  /** Epochs whose checkpoints are kept by all of the runs, in order. */
  epochs(): Promise<readonly number[]>;
  /** Loads the models onto the current engine: call it once an engine has started. `seed` is for a second model that is widened; default 1. */
  load(epoch?: number, seed?: number): Promise<{ network: Network; pairs: readonly ModelPair[]; dispose(): void }>;
}

/** The pairs of one run's population, or of two models `DIR:N`, rewritten where a form is given. Throws usage errors before anything is computed. */
export async function openPair(
  refs: readonly [string] | readonly [string, string],
  load?: LoadRegistry,
  form?: string,
): Promise<OpenedPairs> {
  const open = async (directory: string): Promise<OpenedRun> => {
    const run = await openExperiment(directory, load);
    return form === undefined ? run : inForm(run, form);
  };
  if (refs.length === 1) {
    const run = await open(refs[0]);
    if (run.experiment.training.models < 2)
      throw usageError('pair', 'a run of at least two models', run.experiment.training.models, 'Give two models: DIR:N DIR:N');
    return {
      ...run,
      epochs: () => epochsOf(run, 'all'),
      load: async (epoch) => {
        const loaded = await loadModels(run, epoch);
        const pairs = Array.from({ length: Math.floor(loaded.models.length / 2) }, (_, k) => ({
          name: `${2 * k + 1}-${2 * k + 2}`,
          first: loaded.models[2 * k]!,
          second: loaded.models[2 * k + 1]!,
        }));
        return { network: loaded.network, pairs, dispose: () => dispose(loaded) };
      },
    };
  }
  const [a, b] = [parseModelRef(refs[0]), parseModelRef(refs[1])];
  const runs = [await open(resolve(a.directory)), await open(resolve(b.directory))] as const;
  for (const [run, { model }] of [
    [runs[0], a],
    [runs[1], b],
  ] as const) {
    if (model > run.experiment.training.models)
      throw usageError('pair', `a model of ${run.directory}, 1 to ${run.experiment.training.models}`, model);
  }
  demandComparable(runs);
  return {
    ...runs[0],
    epochs: async () => {
      const [left, right] = [await epochsOf(runs[0], 'all'), await epochsOf(runs[1], 'all')];
      return left.filter((epoch) => right.includes(epoch));
    },
    load: async (epoch, seed = 1) => {
      const loaded: LoadedModels[] = [];
      try {
        for (const run of runs) loaded.push(await loadModels(run, epoch));
        const {
          network,
          first,
          second,
          dispose: release,
          ...sized
        } = await pairAtOneSize(runs, [loaded[0]!, loaded[1]!], [a.model - 1, b.model - 1], seed);
        return {
          network,
          pairs: [{ name: `${refs[0]} ${refs[1]}`, first, second, sized }],
          dispose() {
            release();
            loaded.forEach(dispose);
          },
        };
      } catch (error) {
        loaded.forEach(dispose);
        throw error;
      }
    },
  };
}

const dispose = ({ models }: LoadedModels): void => tf.dispose(models as unknown as tf.TensorContainer);
