import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, type AxisSpec, type SymmetryBreaking, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, normal, permutation, uniform, type Key } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { z } from 'zod';
import { layered } from '../layered.fixture.js';
import { sinkhorn } from '../sinkhorn/index.js';
import { applyTransform, composeTransforms, distanceToIdentity, groupSizes, invertTransform, permutations } from '../transform/index.js';
import { checkElement } from '../transform/elements.js';
import { drawLambda, lambdaOf, lambdaSamplers } from './lambda.js';
import { latentsOf, softStart, startLatents, type LatentOptions } from './latents.js';
import { matchLearned, matchLearnedMany } from './match-learned.js';
import { assignmentSlack, polarPullback, projectLatent } from './project.js';
import { learnedMatching } from './strategy.js';

beforeAll(() => tf.setBackend('cpu'));

const drawn = (key: Key, rows: number, columns = rows): tf.Tensor2D => tf.tensor2d(normal(key, rows * columns), [rows, columns]);
const latent = (projection: 'polar' | 'assignment' | 'sinkhorn', size: number) =>
  ({ name: 'z', group: 'g', model: 1, size, projection }) as const;

describe('projections', () => {
  test('the gradient through a polar factor is that of finite differences, and turns nowhere else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 1e6 }), async (size, seed) => {
        const key = keyFromSeed(seed);
        // Near the identity: entries of a standard normal matrix may make it nearly singular.
        const z = tf.add(tf.mul(drawn(key, size), 0.3 / Math.sqrt(size)), tf.eye(size)) as tf.Tensor2D;
        const [weights, direction] = [drawn(childKey(key, 'weights'), size), drawn(childKey(key, 'direction'), size)];
        const value = async (step: number): Promise<number> => {
          const { element } = await projectLatent(latent('polar', size), tf.add(z, tf.mul(direction, step)));
          const matrix = element.kind === 'orthogonal' ? element.matrix : [];
          const by = weights.dataSync();
          return Array.from(matrix).reduce((sum, entry, at) => sum + entry * by[at]!, 0);
        };
        const { feed } = await projectLatent(latent('polar', size), z);
        const slope = tf.sum(tf.mul(polarPullback(feed, weights), direction)).dataSync()[0]!;
        const step = 1e-3;
        expect(slope).toBeCloseTo(((await value(step)) - (await value(-step))) / (2 * step), 2);
      }),
      { numRuns: 40 },
    );
  });

  test('an assignment has no slack below 0, and another matrix has where another assignment is better', async () => {
    const z = drawn(keyFromSeed(1), 9);
    const { feed, assignment, element } = await projectLatent(latent('assignment', 9), z);
    expect(assignmentSlack(feed, z).dataSync()[0]).toBeGreaterThan(-1e-5);
    const indices = element.kind === 'permutation' ? element.indices : new Int32Array();
    const spoiled = z.bufferSync();
    spoiled.set(100, 0, indices[1]!);
    const other = spoiled.toTensor();
    expect(assignmentSlack(feed, other).dataSync()[0]).toBeLessThan(-1);
    const next = await projectLatent(latent('assignment', 9), other, { element, feed, assignment: assignment! });
    expect(next.element.kind === 'permutation' && next.element.indices[0]).toBe(indices[1]);
  });

  test('scores near a permutation give most of the mass to it, and some to all others', () => {
    const indices = permutation(keyFromSeed(3), 8);
    const scores = tf.tensor2d(softStart(indices, uniform(keyFromSeed(4), 64), 0.3), [8, 8]);
    const soft = sinkhorn(scores, { temperature: 1, iterations: 10 });
    expect(Array.from(tf.argMax(soft, 1).dataSync())).toEqual(Array.from(indices));
    expect(tf.min(soft).dataSync()[0]).toBeGreaterThan(0);
  });
});

test('lambdas lie where they should, and one key draws the same ones', () => {
  for (const sampler of lambdaSamplers)
    for (let seed = 0; seed < 20; seed++) {
      const lambda = drawLambda(sampler, keyFromSeed(seed));
      expect(lambda).toBe(drawLambda(sampler, keyFromSeed(seed)));
      expect(lambda).toBeGreaterThanOrEqual({ 'narrow-uniform': 0.4, 'narrow-uniform-biased': 0.2, fixed: 0.5 }[sampler as string] ?? 0);
      expect(lambda).toBeLessThanOrEqual({ 'narrow-uniform': 0.6, 'narrow-uniform-biased': 0.5, fixed: 0.5 }[sampler as string] ?? 1);
    }
  expect([lambdaOf('gaussian', 9), lambdaOf('gaussian', -9)]).toEqual([1, 0]);
});

const unbroken: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const key = keyFromSeed(5);

/** A network, its parameters and examples that it labels itself. */
function teacher() {
  const network = buildNetwork({ architecture: layered, options: { widths: [8, 6] }, breaking: unbroken });
  const { params: drawnParams, state } = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  // Large enough that its own labels are certain.
  const params = Object.fromEntries(Object.entries(drawnParams).map(([name, tensor]) => [name, tf.mul(tensor, 2)]));
  const inputs = drawn(keyFromSeed(6), 160, 6);
  const labels = tf.cast(tf.argMax(network.apply({ params, state, constants: {} }, inputs).logits, 1), 'int32');
  return { network, params, state, data: { inputs, labels } };
}

const shuffled = (specs: readonly AxisSpec[], seed: number): SymmetryTransform =>
  permutations([...groupSizes(specs)].map(([group, size]) => [group, permutation(childKey(keyFromSeed(seed), group), size)]));

describe('matchLearned', () => {
  test.each<[LatentOptions, number]>([
    [{}, 0.25],
    [{ dual: true }, 0.25],
    [{ soft: true }, 0.75],
    [{ soft: true, assign: false }, 0.75],
  ])('comes from mirrored units near the loss of the ends, %j', async (options, most) => {
    const { network, params, state, data } = teacher();
    const { params: specs, state: stateSpecs } = network;
    const swap = permutations(
      [...groupSizes(specs)].map(([group, size]) => [group, Int32Array.from({ length: size }, (_, i) => size - 1 - i)]),
    );
    const b = { params: applyTransform(specs, params, swap), state: applyTransform(stateSpecs, state, swap) };
    const before = tf.memory().numTensors;
    const nothing = await matchLearned({ params, state }, b, { specs, stateSpecs, key, loss: { network, data }, steps: 0 });
    expect(nothing.objective).toBeGreaterThan(nothing.chord * 1.5);
    const found = await matchLearned({ params, state }, b, {
      ...{ specs, stateSpecs, key, loss: { network, data }, steps: 400, every: 20, patience: 30, learningRate: 0.02, ...options },
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(found.objective - found.chord).toBeLessThan(most * (nothing.objective - nothing.chord));
    expect(found.steps).toBeGreaterThan(0);
    for (const element of Object.values(found.transform))
      expect(element.kind).toBe(options.assign === false ? 'stochastic' : 'permutation');
  });

  test('three models come to the first at once, near the mean of their losses in the middle', async () => {
    const { network, params, state, data } = teacher();
    const { params: specs, state: stateSpecs } = network;
    const orders = [(i: number, size: number) => size - 1 - i, (i: number, size: number) => (i + 1) % size];
    const moved = orders.map((order) => {
      const all = permutations(
        [...groupSizes(specs)].map(([group, size]) => [group, Int32Array.from({ length: size }, (_, i) => order(i, size))]),
      );
      return { params: applyTransform(specs, params, all), state: applyTransform(stateSpecs, state, all) };
    });
    const models = [{ params, state }, ...moved];
    const options = { specs, stateSpecs, key, loss: { network, data }, starts: [{}, {}], every: 20, patience: 30, learningRate: 0.02 };
    const before = tf.memory().numTensors;
    const nothing = await matchLearnedMany(models, { ...options, steps: 0 });
    const found = await matchLearnedMany(models, { ...options, steps: 400, concentration: 1 });
    expect(tf.memory().numTensors).toBe(before);
    expect(nothing.objective).toBeGreaterThan(nothing.chord * 1.5);
    expect(found.objective - found.chord).toBeLessThan(0.5 * (nothing.objective - nothing.chord));
    expect(found.transforms[0]).toEqual({});
    const groups = [...groupSizes(specs).keys()];
    for (const transform of found.transforms.slice(1)) expect(Object.keys(transform)).toEqual(groups);
    await expect(matchLearnedMany(models, { ...options, starts: [{}] })).rejects.toThrow('all but one with a start');
  });

  test('soft permutations that stay soft make another function of the second model, and are not undone', async () => {
    const { network, params, state, data } = teacher();
    const { params: specs, state: stateSpecs } = network;
    const options = { specs, stateSpecs, key, loss: { network, data }, soft: true, assign: false, noise: 0.5, steps: 0 } as const;
    const { transform } = await matchLearned({ params, state }, { params, state }, options);
    for (const [group, element] of Object.entries(transform)) {
      expect(() => checkElement(group, element)).not.toThrow();
      expect(() => invertTransform({ [group]: element })).toThrow('undo');
    }
    const moved = applyTransform(specs, params, transform);
    const [old, now] = [params, moved].map((of) => network.apply({ params: of, state, constants: {} }, data.inputs).logits);
    expect(tf.max(tf.abs(tf.sub(old!, now!))).dataSync()[0]).toBeGreaterThan(0.01);
    await expect(matchLearned({ params, state }, { params, state }, { ...options, dual: true })).rejects.toThrow('one side');
  });

  test('keeps what it starts from where nothing is better, and stops', async () => {
    const { network, params, state, data } = teacher();
    const hidden = shuffled(network.params, 8);
    const b = { params: applyTransform(network.params, params, hidden), state: applyTransform(network.state, state, hidden) };
    const strategy = learnedMatching({ steps: 200 });
    expect(strategy.needs).toBe('loss');
    if (strategy.needs !== 'loss') return;
    const transform = await strategy.align({ params, state }, b, { specs: network.params, stateSpecs: network.state, key, network, data });
    for (const element of Object.values(composeTransforms(hidden, transform))) expect(distanceToIdentity(element)).toBe(0);
  });

  test('rotations come from the distance alone, of both models too', async () => {
    const rotated = { group: 'stream', kind: 'orthogonal' } as const;
    const spec = { init: { kind: 'zeros' }, role: 'weight' } as const;
    const specs = [
      { ...spec, name: 'in', shape: [5, 6], axes: [null, rotated] },
      { ...spec, name: 'mid', shape: [6, 6], axes: [rotated, rotated] },
      { ...spec, name: 'out', shape: [4, 6], axes: [{ group: 'units' }, rotated] },
    ];
    const a: Tensors = Object.fromEntries(
      specs.map(({ name, shape: [rows, columns] }) => [name, drawn(childKey(key, name), rows!, columns)]),
    );
    const angle = 0.4;
    const matrix = Float64Array.from({ length: 36 }, (_, at) => (at % 7 === 0 ? 1 : 0));
    for (const i of [0, 2, 4]) {
      matrix[i * 6 + i] = matrix[(i + 1) * 7] = Math.cos(angle);
      matrix[i * 6 + i + 1] = -Math.sin(angle);
      matrix[(i + 1) * 6 + i] = Math.sin(angle);
    }
    const hidden: SymmetryTransform = { stream: { kind: 'orthogonal', size: 6, matrix } };
    const b = applyTransform(specs, a, hidden);
    for (const dual of [false, true]) {
      const before = tf.memory().numTensors;
      const { transform, objective } = await matchLearned(
        { params: a },
        { params: b },
        {
          ...{ specs, key, loss: null, steps: 400, learningRate: 0.01, every: 20, patience: 50, dual },
        },
      );
      expect(tf.memory().numTensors).toBe(before);
      expect(objective).toBeLessThan(1e-4);
      expect(distanceToIdentity(composeTransforms(hidden, transform)['stream']!)).toBeLessThan(0.02);
    }
    const strategy = learnedMatching({ objective: 'distance', steps: 1 });
    expect(strategy.needs).toBe('weights');
  });

  test('stops when told, and refuses impossible settings', async () => {
    const { network, params, state, data } = teacher();
    const options = { specs: network.params, stateSpecs: network.state, key, loss: { network, data } };
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(matchLearned({ params, state }, { params, state }, { ...options, signal })).rejects.toThrow('stop');
    await expect(matchLearned({ params, state }, { params, state }, { ...options, steps: -1 })).rejects.toThrow(
      'a number of steps, got -1',
    );
    expect(() => learnedMatching({ lambda: 'wide' as never })).toThrow(/lambda/);
  });
});

test('latents: what may rotate is projected to rotations unless it is told to be permuted; both sides have their own', () => {
  const specs: AxisSpec[] = [{ name: 'w', shape: [3, 4], axes: [{ group: 'u' }, { group: 's', kind: 'orthogonal' }] }];
  const kinds = (options: object) => latentsOf(specs, options).map(({ name, projection }) => `${name}: ${projection}`);
  expect(kinds({})).toEqual(['u: assignment', 's: polar']);
  expect(kinds({ permutationsOnly: true, soft: true })).toEqual(['u: sinkhorn', 's: sinkhorn']);
  expect(kinds({ dual: true })).toEqual(['u: assignment', 'u of 1: assignment', 's: polar', 's of 1: polar']);
  const start = startLatents(latentsOf(specs, {}), { key, noise: 0 });
  for (const value of Object.values(start)) expectAllclose(value, tf.eye(value.shape[0]!), { rtol: 0, atol: 0 });
});
