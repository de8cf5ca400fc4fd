import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  buildNetwork,
  type Architecture,
  type GroupAxis,
  type GroupElement,
  type GroupKind,
  type Network,
  type SymmetryBreaking,
} from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { lossOn, mixtureOf } from '../loss/alignment-loss.js';
import { applyTransform } from '../transform/index.js';
import { latentsOf } from './latents.js';
import { matchLearned } from './match-learned.js';
import { projectLatent } from './project.js';
import { learnedMatching } from './strategy.js';
import { matricesOf, pullback, relativeTo, variablesOf } from './variables.js';

beforeAll(() => tf.setBackend('cpu'));

const WIDTH = 6;
const [INPUTS, OUTPUTS] = [5, 3];
const options = z.strictObject({ kind: z.custom<GroupKind>(), nest: z.number().optional() });
type KindOptions = z.output<typeof options>;

/** Two linear layers around hidden units of which a kind of group is the symmetry: what is between says which. */
const around: Architecture<KindOptions> = {
  id: 'around',
  summary: 'One hidden layer for tests of kinds of groups',
  options,
  params: ({ kind, nest }) => {
    const units: GroupAxis = { group: 'units', kind, ...(nest !== undefined && { nest }) };
    const weight = { init: { kind: 'normal', deviation: 0.7 }, role: 'weight' } as const;
    return [
      { ...weight, name: 'in', shape: [WIDTH, INPUTS], axes: [units, null] },
      { ...weight, name: 'bias', shape: [WIDTH], axes: [units] },
      ...(kind === 'signed-permutation' ? [{ ...weight, name: 'gain', shape: [WIDTH], axes: [{ ...units, as: 'gains' as const }] }] : []),
      ...(nest === undefined
        ? []
        : [{ ...weight, name: 'router', shape: [WIDTH / nest, INPUTS], axes: [{ ...units, as: 'nests' as const }, null] }]),
      { ...weight, name: 'out', shape: [OUTPUTS, WIDTH], axes: [null, { ...units, as: 'reads' }] },
    ];
  },
  activations: () => [],
  activation: () => 'identity',
  apply: ({ kind, nest }, params, x) => {
    const [weight, out] = [params['in'] as tf.Tensor2D, params['out'] as tf.Tensor2D];
    const linear = tf.add(tf.matMul(x as tf.Tensor2D, weight, false, true), params['bias']!);
    const between = (): tf.Tensor => {
      if (kind === 'scaled-permutation') return tf.relu(linear);
      if (kind === 'invertible') return linear;
      if (kind === 'signed-permutation')
        return tf.mul(tf.mul(linear, params['gain']!), tf.rsqrt(tf.add(tf.mean(tf.square(linear), -1, true), 1e-5)));
      const shares = tf.softmax(tf.matMul(x as tf.Tensor2D, params['router'] as tf.Tensor2D, false, true));
      return tf.reshape(tf.mul(tf.reshape(tf.tanh(linear), [-1, WIDTH / nest!, nest!]), tf.expandDims(shares, -1)), linear.shape);
    };
    return tf.matMul(between() as tf.Tensor2D, out, false, true);
  },
};

const unbroken: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const key = keyFromSeed(11);
const drawn = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(
    normal(
      childKey(key, name),
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  );

/** Turns two planes, and stretches. */
const turned = (angle: number): Float64Array => {
  const matrix = Float64Array.from({ length: WIDTH * WIDTH }, (_, at) => (at % (WIDTH + 1) === 0 ? 1.2 : 0));
  for (const i of [0, 2]) {
    matrix[i * WIDTH + i] = matrix[(i + 1) * (WIDTH + 1)] = 1.2 * Math.cos(angle);
    matrix[i * WIDTH + i + 1] = -1.2 * Math.sin(angle);
    matrix[(i + 1) * WIDTH + i] = 1.2 * Math.sin(angle);
  }
  return matrix;
};
const monomial = (indices: number[], scales: number[]): GroupElement => ({
  kind: 'monomial',
  indices: Int32Array.from(indices),
  scales: Float64Array.from(scales),
});

/**
 * Elements that are near enough to nothing to be found by gradients from there. By the loss that holds for what moves smoothly: where a sign differs, or two experts are exchanged, their mean is
 * a saddle of the loss, which the distance does not have.
 */
const planted: Record<
  string,
  { options: KindOptions; element: GroupElement; learningRate: number; objectives: readonly ('loss' | 'distance')[] }
> = {
  signs: {
    options: { kind: 'signed-permutation' },
    element: monomial([1, 0, 2, 3, 4, 5], [1, 1, 1, -1, 1, 1]),
    learningRate: 0.05,
    objectives: ['distance'],
  },
  factors: {
    options: { kind: 'scaled-permutation' },
    element: monomial([1, 0, 2, 3, 4, 5], [1.5, 0.7, 1, 1.3, 0.6, 1.1]),
    learningRate: 0.05,
    objectives: ['loss', 'distance'],
  },
  experts: {
    options: { kind: 'nested-permutation', nest: 2 },
    element: { kind: 'permutation', indices: Int32Array.of(2, 3, 1, 0, 4, 5) },
    learningRate: 0.05,
    objectives: ['distance'],
  },
  maps: {
    options: { kind: 'invertible' },
    element: { kind: 'invertible', size: WIDTH, matrix: turned(1.3) },
    learningRate: 0.03,
    objectives: ['loss', 'distance'],
  },
};

function pairOf({ options: own, element }: (typeof planted)[string]) {
  const network = buildNetwork({ architecture: around, options: own, breaking: unbroken });
  const { params } = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const a = Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tf.mul(tensor, name === 'out' ? 3 : 1)]));
  const b = applyTransform(network.params, a, { units: element });
  const inputs = drawn('inputs', [200, INPUTS]);
  const labels = tf.cast(tf.argMax(network.apply({ params: a, state: {}, constants: {} }, inputs).logits, 1), 'int32');
  return { network, a, b, data: { inputs, labels } };
}

/** How much more the loss is in the middle than at the ends. */
function barrier(network: Network, a: tf.NamedTensorMap, moved: tf.NamedTensorMap, data: { inputs: tf.Tensor; labels: tf.Tensor }): number {
  const half = tf.scalar(0.5);
  const [left, right] = [a, moved].map((params) => ({ params, state: {} }));
  const of = (model: typeof left) => lossOn(network, 'classification', model!, data).dataSync()[0]!;
  return of(mixtureOf([left!, right!], [half, half])) - (of(left) + of(right)) / 2;
}

describe.each(Object.entries(planted))('%s', (_, plan) => {
  test.each(plan.objectives)('that were planted are learned from nothing by the %s', async (objective) => {
    const { network, a, b, data } = pairOf(plan);
    const before = tf.memory().numTensors;
    const { transform, steps } = await matchLearned(
      { params: a },
      { params: b },
      {
        ...{ specs: network.params, key, loss: objective === 'loss' ? { network, data } : null, steps: 1000 },
        ...{ every: 10, patience: 150, batch: 160, learningRate: plan.learningRate },
      },
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(steps).toBeGreaterThan(0);
    const moved = applyTransform(network.params, b, transform) as tf.NamedTensorMap;
    expect(barrier(network, a, b as tf.NamedTensorMap, data)).toBeGreaterThan(0.02);
    expect(barrier(network, a, moved, data)).toBeLessThan(1e-5);
    // The function of the second model stays.
    const logits = (params: tf.NamedTensorMap) => network.apply({ params, state: {}, constants: {} }, data.inputs).logits;
    expectAllclose(logits(moved), logits(b as tf.NamedTensorMap), { rtol: 1e-4, atol: 1e-4 });
    if (objective === 'distance')
      for (const [name, tensor] of Object.entries(a)) expectAllclose(moved[name]!, tensor, { rtol: 0.01, atol: 0.02 });
  });

  test('gradients of what is moved are those of finite differences where it depends on the latent smoothly', async () => {
    const { network } = pairOf(plan);
    const [latent] = latentsOf(network.params, {});
    const { size, projection } = latent!;
    const columns = projection === 'scaled' ? size + 1 : size;
    const eye = tf.pad(tf.eye(size), [
      [0, 0],
      [0, columns - size],
    ]);
    const z = tf.add(eye, tf.mul(drawn('latent', [size, columns]), 0.1));
    const weights = { values: drawn('values', [size, size]), reads: drawn('reads', [size, size]) };
    const valueAt = async (value: tf.Tensor): Promise<number> => {
      const { feed } = await projectLatent(latent!, value);
      const { values, reads = values } = matricesOf(latent!, variablesOf(latent!, value, feed), value, feed);
      return tf.sum(tf.add(tf.mul(values, weights.values), tf.mul(reads, weights.reads))).dataSync()[0]!;
    };
    const { feed } = await projectLatent(latent!, z);
    const variables = variablesOf(latent!, z, feed);
    const names = Object.keys(variables);
    const gradients = tf.grads((...given: tf.Tensor[]) => {
      const own = Object.fromEntries(given.map((tensor, at) => [names[at]!, tensor]));
      const { values, reads = values } = matricesOf(latent!, own, z, feed);
      return tf.sum(tf.add(tf.mul(values, weights.values), tf.mul(reads, weights.reads)));
    })(Object.values(variables));
    const pulled = pullback(latent!, feed, Object.fromEntries(gradients.map((gradient, at) => [names[at]!, gradient])));
    expect(pulled.shape).toEqual([size, columns]);
    // Straight through an assignment there is no slope: only factors and maps have one.
    const smooth = tf.tensor2d(
      Float32Array.from({ length: size * columns }, (_, at) => (projection === 'map' || at % columns >= size ? 1 : 0)),
      [size, columns],
    );
    const direction = tf.mul(drawn('direction', [size, columns]), smooth);
    const step = 1e-3;
    const [up, down] = [await valueAt(tf.add(z, tf.mul(direction, step))), await valueAt(tf.sub(z, tf.mul(direction, step)))];
    const slope = tf.sum(tf.mul(pulled, direction)).dataSync()[0]!;
    expect(slope).toBeCloseTo((up - down) / (2 * step), 1);
  });

  test('what moves the first model is taken back', async () => {
    const { network, a } = pairOf(plan);
    const [latent, of] = latentsOf(network.params, { dual: true });
    const columns = latent!.projection === 'scaled' ? WIDTH + 1 : WIDTH;
    const [first, second] = [drawn('first', [WIDTH, columns]), drawn('second', [WIDTH, columns])];
    const projected = await Promise.all([projectLatent(of!, first), projectLatent(latent!, second)]);
    const [m0, m1] = [
      matricesOf(of!, variablesOf(of!, first, projected[0].feed), first, projected[0].feed),
      matricesOf(latent!, variablesOf(latent!, second, projected[1].feed), second, projected[1].feed),
    ];
    const { values, reads = values } = relativeTo(m0, m1);
    // Moved by the second, then back by the first.
    const there = applyTransform(network.params, a, { units: projected[1].element });
    expectAllclose(tf.matMul(m0.values, tf.matMul(values, a['in'] as tf.Tensor2D)), there['in']!, { rtol: 1e-3, atol: 1e-3 });
    expectAllclose(tf.matMul(a['out'] as tf.Tensor2D, tf.matMul(reads, m0.reads ?? m0.values, true, true)), there['out']!, {
      rtol: 1e-2,
      atol: 1e-2,
    });
  });
});

describe('what cannot be learned', () => {
  test('soft permutations would mix experts', () => {
    const { network } = pairOf(planted['experts']!);
    expect(() => latentsOf(network.params, { soft: true })).toThrow(
      'learned-matching: groups without nests, for soft permutations, got units',
    );
  });

  test('a map that is hard to undo is refused with its condition number', async () => {
    const { network } = pairOf(planted['maps']!);
    const [latent] = latentsOf(network.params, {});
    const flat = tf.ones([WIDTH, WIDTH]);
    await expect(projectLatent(latent!, flat)).rejects.toThrow(
      'learned-matching: a map of units with a condition number of at most 1000000',
    );
  });
});

test('permutations only leave signs, factors and maps out, and keep nests', () => {
  const kinds = Object.values(planted).map(({ options: own }) => {
    const network = buildNetwork({ architecture: around, options: own, breaking: unbroken });
    return latentsOf(network.params, { permutationsOnly: true })[0]!.projection;
  });
  expect(kinds).toEqual(['assignment', 'assignment', 'nested', 'assignment']);
});

test.each(Object.entries(planted))('random %s are found from what weights give, whatever the objective', async (_, plan) => {
  const { network, a, data } = pairOf(plan);
  const planned = randomTransform(network.params, childKey(key, 'planted'));
  const b = applyTransform(network.params, a, planned);
  for (const objective of ['loss', 'distance'] as const) {
    const strategy = learnedMatching({ objective, steps: 50 });
    const at = { specs: network.params, stateSpecs: network.state, key };
    const transform =
      strategy.needs === 'loss'
        ? await strategy.align({ params: a }, { params: b }, { ...at, network, data })
        : strategy.needs === 'weights' && (await strategy.align({ params: a }, { params: b }, at));
    if (transform === false) throw new Error('it needs a loss or weights');
    const moved = applyTransform(network.params, b, transform);
    expect(barrier(network, a, moved as tf.NamedTensorMap, data)).toBeLessThan(1e-5);
    for (const [name, tensor] of Object.entries(a)) expectAllclose(moved[name]!, tensor, { rtol: 1e-3, atol: 1e-3 });
  }
});
