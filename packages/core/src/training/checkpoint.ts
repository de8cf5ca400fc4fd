import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { BasinlabError, demand, flatten } from '@basinlab/tensor';
import type { Network, OptimizerState, Tensors } from '../contracts/index.js';
import type { ArrayTree, Checkpoint, StoredTree } from '../store/checkpoint.js';
import type { StoredTensor } from '../store/safetensors/index.js';
import { groupModels } from './population.js';
import type { Population, PopulationExecution } from './population.js';
import type { UpdateRule } from './update-rule.js';

/** Where checkpoints go: a run of `@basinlab/core/store`, or anything that keeps them safely before the promise resolves. */
export interface CheckpointSink {
  checkpoint(epoch: number, content: Checkpoint): Promise<string>;
}

/**
 * All that a population needs to go on: `params`, `state` and `optimizer` with a leading axis [models], `constants` without. The same
 * whichever way the models were grouped. `epoch` counts finished epochs; `counters` are kept beside it.
 */
export async function takeCheckpoint(
  { constants, groups }: Population,
  epoch: number,
  counters: Checkpoint['counters'] = {},
): Promise<Checkpoint> {
  const models = groups.reduce((count, group) => count + group.models.length, 0);
  const { leaves, structure } = flatten<Tensor>(groups[0]!.progress);
  const arrays = leaves.map((leaf) => {
    const shape = groups[0]!.stacked ? leaf.shape.slice(1) : leaf.shape;
    return { shape: [models, ...shape], data: new Float32Array(models * tf.util.sizeFromShape(shape)) };
  });
  for (const { models: members, progress } of groups) {
    const values = await Promise.all(flatten<Tensor>(progress).leaves.map((leaf) => leaf.data()));
    values.forEach((value, index) => {
      const { data } = arrays[index]!;
      const size = data.length / models;
      members.forEach((model, at) => data.set(value.subarray(at * size, (at + 1) * size), model * size));
    });
  }
  const shared = Object.entries(constants).map(
    async ([name, x]) => [name, { shape: x.shape, data: (await x.data()) as Float32Array }] as const,
  );
  const moving = structure.unflatten(arrays) as ArrayTree;
  return { arrays: { ...moving, constants: Object.fromEntries(await Promise.all(shared)) }, counters: { ...counters, epoch, models } };
}

/** What a checkpoint must fit. */
export interface RestoreOptions {
  network: Network;
  updateRule: UpdateRule;
  models: number;
  execution: PopulationExecution;
  /** Under `vmap`; default 1. */
  stacks?: number;
}

/** The population of a checkpoint and its epoch. Throws where names, shapes or the number of models do not fit. */
export function restorePopulation(
  { arrays, counters }: Checkpoint<StoredTree>,
  { network, updateRule, models, execution, stacks = 1 }: RestoreOptions,
): { population: Population; epoch: number } {
  const { epoch } = counters;
  demand(typeof epoch === 'number' && Number.isInteger(epoch), 'checkpoint', 'must hold the number of finished epochs', epoch);
  demand(
    counters['models'] === models,
    'checkpoint',
    `must hold the ${models} models of the run`,
    counters['models'],
    'Use the config it was made with.',
  );
  const constants = upload(section(arrays, 'constants'), null, null, 'constants');
  const shapes = (specs: readonly { name: string; shape: readonly number[] }[]): Shapes =>
    Object.fromEntries(specs.map((s) => [s.name, s.shape]));
  const held = slotsOf(network, updateRule);
  const groups = groupModels(models, execution, stacks).map((group) => {
    const own = (from: StoredTree, expected: Shapes, path: string): Tensors => upload(from, expected, group, path);
    const params = own(section(arrays, 'params'), shapes(network.params), 'params');
    const state = own(section(arrays, 'state'), shapes(network.state), 'state');
    const slots = section(arrays, 'optimizer');
    const optimizer: OptimizerState = Object.fromEntries(
      [...held].map(([slot, names]) => [slot, own(section(slots, slot), names, `optimizer/${slot}`)]),
    );
    return { ...group, progress: { params, state, optimizer } };
  });
  return { population: { constants, groups }, epoch };
}

type Shapes = Record<string, readonly number[]>;

/** Names and shapes of what each slot of the optimizer holds for one model: all parameters, or some. */
function slotsOf(network: Network, updateRule: UpdateRule): ReadonlyMap<string, Shapes> {
  const held = new Map<string, Shapes>();
  tf.tidy(() => {
    const one = Object.fromEntries(network.params.map(({ name, shape }) => [name, tf.zeros([...shape])]));
    for (const [slot, values] of Object.entries(updateRule.init(one)))
      held.set(slot, Object.fromEntries(Object.entries(values).map(([name, x]) => [name, x.shape])));
  });
  return held;
}

/** A nested record of the file; one without entries is not written, so it may be absent. */
function section(tree: StoredTree, name: string): StoredTree {
  return (tree[name] ?? {}) as StoredTree;
}

/** Tensors of one group out of stacked arrays; with `group` null the arrays are not stacked. `expected` gives names and shapes of one model. */
function upload(
  from: StoredTree,
  expected: Shapes | null,
  group: { models: readonly number[]; stacked: boolean } | null,
  path: string,
): Tensors {
  const names = Object.keys(expected ?? from);
  return Object.fromEntries(
    names.map((name) => {
      const stored = from[name] as StoredTensor | undefined;
      if (stored === undefined)
        throw new BasinlabError('checkpoint', `must hold ${path}/${name}`, 'nothing', { remedy: 'Use the config it was made with.' });
      const data = stored.data as Float32Array;
      if (group === null) return [name, tf.tensor(data, [...stored.shape], 'float32')];
      const [models, ...shape] = stored.shape;
      const fits = expected === null || expected[name]!.join() === shape.join();
      demand(fits, 'checkpoint', `${path}/${name} must have shape [${expected?.[name]?.join(', ')}] per model`, shape);
      const size = data.length / models!;
      const [first = 0] = group.models;
      // Groups hold consecutive models.
      const own = data.slice(first * size, (first + group.models.length) * size);
      return [name, tf.tensor(own, group.stacked ? [group.models.length, ...shape] : shape, 'float32')];
    }),
  );
}
