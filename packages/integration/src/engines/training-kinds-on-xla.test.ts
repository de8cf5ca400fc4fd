import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork, keyFromSeed, type Graph, type Network, type Split, type Variables } from '@basinlab/core';
import { drain } from '@basinlab/core/pipeline';
import { normal, randomInt } from '@basinlab/core/random';
import type { Checkpoint } from '@basinlab/core/store';
import { expectAllclose } from '@basinlab/core/testing';
import {
  constant,
  defineUpdateRule,
  populationKeys,
  sequence,
  sgd,
  trainPopulation,
  type TrainedEvent,
  type TrainingEvent,
  type TrainingPlan,
} from '@basinlab/core/training';
import { cropAndFlip, onInputs } from '@basinlab/datasets';
import { linearModeConnectivity } from '@basinlab/metrics/linear-mode-connectivity';
import { gnn, mlp, sigma, standard, w } from '@basinlab/models-asymmetric';
import { gpt2 } from '@basinlab/models-transformer';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`images, graphs and tasks on xla: not tested, because it is not available (${detail})\n`);

const classes = 3;
const images = (samples: number, seed: number): Split => ({
  inputs: tf.tensor4d(normal(keyFromSeed(seed), samples * 8 * 8 * 3), [samples, 8, 8, 3]),
  labels: tf.tensor1d(randomInt(keyFromSeed(seed + 1), samples, 0, classes), 'int32'),
});

/** A W network with batch norm on moved and mirrored images: three steps an epoch, the last one smaller. */
function imagePlan(changes: Partial<TrainingPlan> = {}): TrainingPlan {
  const network = buildNetwork({
    architecture: mlp,
    options: { inputs: 8 * 8 * 3, widths: [6], outputs: classes, norm: 'batch' },
    breaking: w,
    breakingOptions: { fixedPerUnit: 1 },
  });
  const parts = [
    { id: 'linear-warmup', options: { length: 2 }, length: 2 },
    { id: 'cosine', options: { length: 8 } },
  ];
  const updateRule = defineUpdateRule({
    optimizer: sgd,
    optimizerOptions: { momentum: 0.9, nesterov: true },
    schedule: sequence,
    scheduleOptions: { unit: 'step', parts } as never,
    learningRate: 0.1,
    clip: { norm: 1 },
  });
  const data = { train: images(20, 1), validation: images(6, 3), augment: onInputs(cropAndFlip({ padding: 2, background: [0, -1, 1] })) };
  return { network, updateRule, data, keys: populationKeys(3, 2), epochs: 2, batch: 8, ...changes };
}

/** Mixtures of experts on texts; two steps an epoch. */
function mixturePlan(changes: Partial<TrainingPlan> = {}): TrainingPlan {
  const options = { vocabulary: 7, positions: 5, width: 12, heads: 2, layers: 1, units: 6, experts: { count: 4, active: 2, balance: 0.1 } };
  const network = buildNetwork({ architecture: gpt2, options, breaking: sigma });
  const text = (seed: number): Split => {
    const [inputs, labels] = [seed, seed + 1].map((each) => tf.tensor2d(randomInt(keyFromSeed(each), 60, 0, 7), [12, 5], 'int32'));
    return { inputs: inputs!, labels: labels! };
  };
  const updateRule = defineUpdateRule({ optimizer: sgd, optimizerOptions: { momentum: 0.9 }, schedule: constant, learningRate: 0.1 });
  const data = { train: text(1), validation: text(3), task: 'next-token' } as const;
  return { network, updateRule, data, keys: populationKeys(3, 2), epochs: 2, batch: 6, ...changes };
}

/** Trains; gives the host values of everything that moves, in order of names. */
async function train(plan: TrainingPlan): Promise<number[][]> {
  const last = (await drain<TrainingEvent>(trainPopulation(plan), { onEvent: () => undefined })) as TrainedEvent;
  const values = last.models.map(valuesOf);
  tf.dispose(last.models as unknown as tf.TensorContainer);
  return values;
}

const valuesOf = ({ params, state }: Variables): number[] =>
  Object.entries({ ...params, ...state })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, x]) => [...x.dataSync()]);

const expectSame = (got: number[][], expected: number[][]): void =>
  got.forEach((model, i) => expectAllclose(model, expected[i]!, { rtol: 1e-3, atol: 1e-4 }));

(available ? describe : describe.skip)('compiled training', () => {
  beforeAll(async () => {
    await xlaEngine.start();
  }, 120_000);
  afterAll(() => {
    tf.removeBackend('xla');
  });

  test('on augmented images gives the same bits again and after a resumption, and on a backend without compiler nearly so', async () => {
    const saved: Checkpoint[] = [];
    const sink = { checkpoint: (_: number, content: Checkpoint) => Promise.resolve(`epoch ${saved.push(content)}`) };
    const whole = await train(imagePlan({ sink, checkpoints: () => true }));
    expect(await train(imagePlan())).toEqual(whole);
    const { arrays, counters } = JSON.parse(JSON.stringify(saved[1]!, floats)) as Checkpoint;
    expect(await train(imagePlan({ resume: { arrays: stored(arrays), counters } as never }))).toEqual(whole);
    expect(whole[0]).not.toEqual(whole[1]);
    // Augmentation and the order of the data draw the same on both; rounding differs.
    expectSame(await train(imagePlan({ execution: 'vmap' })), whole);
    await tf.setBackend('cpu');
    expectSame(await train(imagePlan()), whole);
    await tf.setBackend('xla');
  }, 240_000);

  test('of mixtures of experts, gates for every expert, is the same one by one, together and without compiler', async () => {
    const whole = await train(mixturePlan({ execution: 'map' }));
    expect(whole[0]).not.toEqual(whole[1]);
    expectSame(await train(mixturePlan({ execution: 'vmap' })), whole);
    await tf.setBackend('cpu');
    expectSame(await train(mixturePlan()), whole);
    await tf.setBackend('xla');
  }, 240_000);

  test('masks are shared by the models of a run and stored once; another seed gives others', async () => {
    const masks = async (keys: TrainingPlan['keys']): Promise<Record<string, { shape: readonly number[]; data: Float32Array }>> => {
      let found: Checkpoint | undefined;
      const sink = { checkpoint: (_: number, content: Checkpoint) => Promise.resolve(((found = content), 'kept')) };
      await train(imagePlan({ keys, epochs: 1, sink, execution: 'map' }));
      return found!.arrays['constants'] as never;
    };
    const [once, again, other] = [
      await masks(populationKeys(1, 16, { constants: 5 })),
      await masks(populationKeys(2, 1, { constants: 5 })),
      await masks(populationKeys(1, 1, { constants: 6 })),
    ];
    expect(once).toEqual(again);
    const { network } = imagePlan();
    for (const { name, shape } of network.params) expect(once[`${name}.scale`]?.shape ?? shape).toEqual(shape);
    expect(once['layers.0.linear.weight.scale']).not.toEqual(other['layers.0.linear.weight.scale']);
  }, 240_000);

  test('on the nodes of a graph, which is an argument of the program', async () => {
    const network = buildNetwork({ architecture: gnn, options: { inputs: 4, widths: [6, 5], outputs: classes }, breaking: standard });
    const { graph, ...splits } = ring(30);
    const updateRule = defineUpdateRule({
      optimizer: sgd,
      schedule: sequence,
      scheduleOptions: { parts: [{ id: 'constant' }] } as never,
      learningRate: 0.1,
    });
    const plan = { network, updateRule, data: { ...splits, graph }, keys: populationKeys(3, 2), epochs: 3, batch: 100 };
    const compiled = await train(plan);
    expectSame(await train({ ...plan, execution: 'vmap' }), compiled);
    const models = [1, 2].map((seed) => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(0) })) as [
      Variables,
      Variables,
    ];
    const path = () => linearModeConnectivity(network, ...models, { train: splits.train }, { steps: 2, graph });
    const onXla = await path();
    await tf.setBackend('cpu');
    expectSame(await train(plan), compiled);
    expectAllclose([...onXla.splits.train.loss], [...(await path()).splits.train.loss], { rtol: 1e-4 });
    await tf.setBackend('xla');
  }, 240_000);

  test('for several classes at once, and for values, with statistics recomputed along the path', async () => {
    const network: Network = buildNetwork({
      architecture: mlp,
      options: { inputs: 4, widths: [5], outputs: classes, norm: 'batch' },
      breaking: standard,
    });
    const inputs = tf.tensor2d(normal(keyFromSeed(9), 30 * 4), [30, 4]);
    const chosen = tf.tidy(() => tf.cast(tf.greater(tf.slice(inputs, [0, 0], [30, classes]), 0), 'float32'));
    const updateRule = defineUpdateRule({
      optimizer: sgd,
      schedule: sequence,
      scheduleOptions: { parts: [{ id: 'constant' }] } as never,
      learningRate: 0.1,
    });
    for (const task of ['multi-label', 'regression'] as const) {
      const split = { inputs, labels: chosen };
      const plan = {
        network,
        updateRule,
        data: { train: split, validation: split, task },
        keys: populationKeys(3, 2),
        epochs: 2,
        batch: 8,
      };
      const compiled = await train(plan);
      const models = [1, 2].map((seed) => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(0) })) as [
        Variables,
        Variables,
      ];
      const path = async (): Promise<number[]> => {
        const options = { steps: 2, task, batch: 8, statistics: 'recompute', statisticsOf: split } as const;
        const { loss, accuracy } = (await linearModeConnectivity(network, ...models, { split }, options)).splits.split;
        expect(accuracy.every((value) => Number.isNaN(value) === (task === 'regression'))).toBe(true);
        return [...loss, ...accuracy.filter((value) => !Number.isNaN(value))];
      };
      const onXla = await path();
      await tf.setBackend('cpu');
      expectSame(await train(plan), compiled);
      expectAllclose(onXla, await path(), { rtol: 1e-4 });
      await tf.setBackend('xla');
    }
  }, 240_000);
});

/** Nodes in a ring with random features, each linked from both neighbours; the first 20 train. */
function ring(nodes: number): { graph: Graph; train: Split; validation: Split } {
  const ids = Array.from({ length: nodes }, (_, i) => i);
  const ints = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');
  const features = tf.tensor2d(normal(keyFromSeed(4), nodes * 4), [nodes, 4]);
  const labels = ints(ids.map((i) => i % classes));
  const graph: Graph = {
    features,
    sources: ints(ids.flatMap((i) => [(i + nodes - 1) % nodes, (i + 1) % nodes].sort((a, b) => a - b))),
    targets: ints(ids.flatMap((i) => [i, i])),
    offsets: ints([...ids, nodes].map((i) => 2 * i)),
    degrees: tf.fill([nodes], 2),
  };
  const part = (rows: tf.Tensor1D): Split => ({ inputs: tf.gather(features, rows), labels: tf.gather(labels, rows), nodes: rows });
  return { graph, train: part(ints(ids.slice(0, 20))), validation: part(ints(ids.slice(20))) };
}

/** Typed arrays as plain ones, and back: what a file would keep. */
const floats = (_: string, value: unknown): unknown => (value instanceof Float32Array ? [...value] : value);
function stored(tree: object): object {
  return Object.fromEntries(
    Object.entries(tree).map(([name, node]: [string, { data?: number[] }]) => [
      name,
      Array.isArray(node.data) ? { ...node, dtype: 'F32', data: Float32Array.from(node.data) } : stored(node),
    ]),
  );
}
