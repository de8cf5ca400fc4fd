import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { flatten, mapTree } from '@basinlab/tensor';
import type { TensorTree } from '@basinlab/tensor';
import type { Network, Tensors, Variables } from '../contracts/index.js';
import type { PopulationKeys } from './keys.js';
import type { UpdateRule } from './update-rule.js';
import type { ModelState } from './training-step.js';

/**
 * How the models of a population share the machine. `map`: each model runs on its own, one after the other, so that its state stays in the
 * processor's cache. `vmap`: all models move in one program over stacked tensors, which fills a GPU.
 */
export type PopulationExecution = 'map' | 'vmap';

/** What suits an engine's platform (`EngineInfo.platform`). */
export const executionFor = (platform: string): PopulationExecution => (platform === 'cpu' ? 'map' : 'vmap');

/** Models that move together: one under `map`, all of them under `vmap` (then every tensor has a leading axis [models]). */
export interface Group {
  /** Indices within the population. */
  readonly models: readonly number[];
  readonly stacked: boolean;
  progress: ModelState;
}

/** Models in training, in the groups that move together, and what they share. */
export interface Population {
  readonly constants: Tensors;
  readonly groups: readonly Group[];
}

/** Splits the models of a population into groups of consecutive ones: under `vmap` in as many stacks, as equal as they can be. */
export function groupModels(models: number, execution: PopulationExecution, stacks = 1): { models: number[]; stacked: boolean }[] {
  const all = Array.from({ length: models }, (_, model) => model);
  if (execution === 'map' || models === 1) return all.map((model) => ({ models: [model], stacked: false }));
  const groups = Math.min(stacks, models);
  const bounds = Array.from({ length: groups + 1 }, (_, group) => Math.round((group * models) / groups));
  return bounds.slice(1).map((end, group) => ({ models: all.slice(bounds[group], end), stacked: true }));
}

/** Fresh models. The caller owns the tensors. */
export function startPopulation(
  network: Network,
  updateRule: UpdateRule,
  keys: PopulationKeys,
  execution: PopulationExecution,
  stacks = 1,
): Population {
  let drawn: { constants: Tensors } | undefined;
  const starts = keys.models.map(({ init }) => {
    const { params, state, constants } = network.init({ initKey: init, constantsKey: keys.constants }, drawn);
    drawn = { constants };
    return { params, state, optimizer: updateRule.init(params) };
  });
  const groups = groupModels(keys.models.length, execution, stacks).map((group) => ({
    ...group,
    progress: group.stacked ? stackStates(group.models.map((model) => starts[model]!)) : starts[group.models[0]!]!,
  }));
  return { constants: drawn?.constants ?? {}, groups };
}

function stackStates(states: readonly ModelState[]): ModelState {
  const parts = states.map((state) => flatten<Tensor>(state));
  const stacked = mapTree<Tensor, Tensor>(states[0]!, (_, leaf) => tf.stack(parts.map(({ leaves }) => leaves[leaf]!)));
  tf.dispose(states as ModelState[]);
  return stacked as ModelState;
}

/** Variables of every model, in order, as tensors of their own, which the caller disposes. The models share one copy of the constants. */
export function variablesOf({ constants, groups }: Population): Variables[] {
  const result: Variables[] = [];
  const shared = mapTree<Tensor, Tensor>(constants, (x) => tf.clone(x)) as Tensors;
  for (const { models, stacked, progress } of groups) {
    const { params, state } = progress;
    models.forEach((model, at) => {
      const own = (tensors: Tensors): Tensors =>
        mapTree<Tensor, Tensor>(tensors, (x) => (stacked ? tf.tidy(() => tf.unstack(x)[at]!) : tf.clone(x))) as Tensors;
      result[model] = { params: own(params), state: own(state), constants: shared };
    });
  }
  return result;
}

/** Releases every tensor of a population. */
export function disposePopulation({ constants, groups }: Population): void {
  tf.dispose(constants);
  for (const { progress } of groups) tf.dispose(progress as TensorTree as tf.TensorContainer);
}
