import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { AxisSymmetry, Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { applyTransform, permutations, type AxisSpec } from '../transform/index.js';
import { matchWeights } from '../weight-matching/index.js';
import { inferParamSpecs, inferSymmetries, symmetryDifferences, type NamedFunction, type Shaped } from './index.js';
import { groupedConvolution, tiedWeights, uNet, type UndeclaredNetwork } from './networks.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(5);
const drawn = (name: string, { shape }: Shaped): tf.Tensor =>
  tf.tensor(
    normal(
      childKey(key, name),
      shape.reduce((product, size) => product * size, 1),
    ),
    [...shape],
  );
const drawAll = (tensors: Readonly<Record<string, Shaped>>): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, shaped]) => [name, drawn(name, shaped)]));
const infer = ({ apply, tensors, input }: UndeclaredNetwork) => inferSymmetries(apply, { tensors, inputs: [input] });
const specsOf = (network: UndeclaredNetwork, axes: Readonly<Record<string, readonly (AxisSymmetry | null)[]>>): AxisSpec[] =>
  Object.entries(network.tensors).map(([name, { shape }]) => ({ name, shape, axes: axes[name]! }));

/** Largest change of the outputs when a random element of every group of `specs` acts. */
function changeUnder(
  { apply, input, tensors }: UndeclaredNetwork,
  specs: readonly AxisSpec[],
  groups: ReadonlyMap<string, number>,
): number {
  return tf.tidy(() => {
    const transform = permutations(Array.from(groups, ([group, size]) => [group, cycle(size)]));
    const [before, x] = [drawAll(tensors), drawn('x', input)];
    const [first, second] = [apply(before, x) as tf.Tensor, apply(applyTransform(specs, before, transform), x) as tf.Tensor];
    return tf.max(tf.abs(tf.sub(first, second))).dataSync()[0]!;
  });
}
/** Moves every unit. */
const cycle = (size: number): Int32Array => Int32Array.from({ length: size }, (_, i) => (i + 1) % size);

const group = (name: string) => ({ group: name });
const expected: Record<string, { network: UndeclaredNetwork; axes: Record<string, (AxisSymmetry | null)[]> }> = {
  'a U-Net with a concatenated skip': {
    network: uNet,
    axes: {
      encoder: [group('high'), null, null, null],
      'encoder.gain': [group('high')],
      bottom: [group('low'), group('high'), null, null],
      'bottom.bias': [group('low')],
      decoder: [group('decoder'), { segments: [[{ group: 'low', size: 5 }], [{ group: 'high', size: 3 }]] }, null, null],
      'joint.gain': [{ segments: [[{ group: 'low', size: 5 }], [{ group: 'high', size: 3 }]] }],
      out: [null, group('decoder'), null, null],
    },
  },
  // The two halves of `grouped` share its input axis, so that the channels of both halves of the stem move alike.
  'a grouped and a depthwise convolution': {
    network: groupedConvolution,
    axes: {
      stem: [{ segments: [[{ group: 'in', size: 4 }], [{ group: 'in', size: 4 }]] }, null, null, null],
      grouped: [{ segments: [[{ group: 'a', size: 3 }], [{ group: 'b', size: 3 }]] }, group('in'), null, null],
      depthwise: [null, null, { segments: [[{ group: 'a', size: 3 }], [{ group: 'b', size: 3 }]] }, null],
      head: [null, { segments: [[{ group: 'a', size: 3 }], [{ group: 'b', size: 3 }]] }],
    },
  },
  'tied weights': {
    network: tiedWeights,
    axes: {
      first: [group('tied'), null],
      shared: [group('tied'), group('tied')],
      bias: [group('tied')],
      untied: [group('free'), group('tied')],
      out: [null, group('free')],
      unused: [null],
    },
  },
};

describe.each(Object.entries(expected))('%s', (_, { network, axes }) => {
  test('gets the groups that one finds by hand', () => {
    expect(symmetryDifferences(specsOf(network, axes), infer(network).axes)).toEqual([]);
  });

  test('keeps its outputs when all units of every group move, and loses them when a group leaves one of its axes behind', () => {
    const { axes: found, groups } = infer(network);
    const specs = specsOf(network, found);
    expect(changeUnder(network, specs, groups)).toBeLessThan(1e-4);
    specs.forEach((spec, i) =>
      spec.axes.forEach((axis, k) => {
        if (axis === null) return;
        const without = specs.with(i, { ...spec, axes: spec.axes.with(k, null) });
        expect(changeUnder(network, without, groups)).toBeGreaterThan(1e-2);
      }),
    );
  });

  test('has no larger group: axes that stay, moved, change the outputs', () => {
    const { axes: found } = infer(network);
    const specs = specsOf(network, found);
    specs.forEach((spec, i) =>
      spec.axes.forEach((axis, k) => {
        if (axis !== null || spec.shape[k] === 1 || spec.name === 'unused') return;
        const more = specs.with(i, { ...spec, axes: spec.axes.with(k, group('more')) });
        expect(changeUnder(network, more, new Map([['more', spec.shape[k]!]]))).toBeGreaterThan(1e-2);
      }),
    );
  });

  test('is aligned by weight matching without any declaration: a planted element is found', async () => {
    const specs = inferParamSpecs(network.apply, { tensors: network.tensors, inputs: [network.input] });
    const { groups } = infer(network);
    const a = drawAll(network.tensors);
    const planted = permutations(Array.from(groups, ([name, size]) => [name, permutation(childKey(key, name), size)]));
    const b = applyTransform(specs, a, planted);
    const { transform, objective } = await matchWeights(a, b, { specs, key });
    expect(objective).toBe(0);
    expect(applyTransform(specs, b, transform)['shared' in a ? 'shared' : Object.keys(a)[0]!]!.dataSync()).toEqual(
      a['shared' in a ? 'shared' : Object.keys(a)[0]!]!.dataSync(),
    );
  });
});

describe('inferSymmetries', () => {
  const axesOf = (shapes: Record<string, number[]>, f: NamedFunction, input: number[] = [2, 3]) =>
    inferSymmetries(f, {
      tensors: Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }])),
      inputs: [{ shape: input }],
    });
  const linear = (x: tf.Tensor, w: tf.Tensor) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D, false, true);

  test('ties what a residual sum adds up, and frees what softmax and norms reduce', () => {
    const { axes, groups } = axesOf({ a: [4, 3], b: [4, 4], c: [2, 4] }, (p, x) => {
      const h = linear(x!, p['a']!);
      const z = tf.softmax(tf.add(h, tf.relu(linear(h, p['b']!))));
      return linear(tf.sub(z, tf.mean(z, -1, true)), p['c']!);
    });
    expect(axes).toEqual({ a: [group('a.0'), null], b: [group('a.0'), group('a.0')], c: [null, group('a.0')] });
    expect([...groups]).toEqual([['a.0', 4]]);
  });

  test('finds blocks where a feature map is flattened, on either side of the channels', () => {
    const flat =
      (order: number[]): NamedFunction =>
      (p, x) => {
        const h = tf.conv2d(x as tf.Tensor4D, p['k'] as tf.Tensor4D, 1, 'same');
        return tf.matMul(tf.reshape(tf.transpose(h, order), [2, 40]), p['w'] as tf.Tensor2D);
      };
    const shapes = { k: [3, 3, 2, 10], w: [40, 3] };
    expect(axesOf(shapes, flat([0, 3, 1, 2]), [2, 2, 2, 2]).axes['w']).toEqual([{ group: 'k.3', block: 4 }, null]);
    expect(axesOf(shapes, flat([0, 1, 2, 3]), [2, 2, 2, 2]).axes['w']).toEqual([
      {
        segments: [
          [
            { group: null, size: 4 },
            { group: 'k.3', size: 10 },
          ],
        ],
      },
      null,
    ]);
  });

  test('finds the heads of attention as blocks and what moves within them', () => {
    const { axes } = axesOf(
      { q: [6, 3], k: [6, 3], v: [6, 3], o: [3, 6] },
      (p, x) => {
        const heads = (w: tf.Tensor) => {
          const flat = tf.matMul(tf.reshape(x!, [8, 3]), w as tf.Tensor2D, false, true);
          return tf.transpose(tf.reshape(flat, [2, 4, 2, 3]), [0, 2, 1, 3]);
        };
        const mix = tf.softmax(tf.matMul(heads(p['q']!), heads(p['k']!), false, true));
        const out = tf.reshape(tf.transpose(tf.matMul(mix, heads(p['v']!)), [0, 2, 1, 3]), [8, 6]);
        return tf.reshape(linear(out, p['o']!), [2, 4, 3]);
      },
      [2, 4, 3],
    );
    const heads = (within: string) => ({
      segments: [
        [
          { group: 'q.0', size: 2 },
          { group: within, size: 3 },
        ],
      ],
    });
    expect(axes).toEqual({
      q: [heads('q.0-1'), null],
      k: [heads('q.0-1'), null],
      v: [heads('v.0'), null],
      o: [null, heads('v.0')],
    });
  });

  test('keeps in place what is addressed by number, ordered or set beside unequal constants, and says which op did', () => {
    const { axes, restrictions } = axesOf({ a: [4, 3], b: [4, 3], c: [4, 3] }, (p, x) => {
      const shifted = tf.add(linear(x!, p['a']!), tf.tensor1d([0, 1, 2, 3]));
      const running = tf.cumsum(linear(x!, p['b']!), 1);
      const picked = tf.gather(linear(x!, p['c']!), tf.tensor1d([0, 2], 'int32'), 1);
      return [tf.sum(shifted), tf.sum(running), tf.sum(picked)];
    });
    expect(axes).toEqual({ a: [null, null], b: [null, null], c: [null, null] });
    expect(restrictions.map(({ op }) => op)).toEqual(['Cumsum', 'GatherV2']);
  });

  test('lets equal constants move: zeros, padding, tiling', () => {
    const { axes } = axesOf({ a: [4, 3], w: [6, 2] }, (p, x) => {
      const h = tf.mul(tf.add(linear(x!, p['a']!), tf.zeros([4])), tf.tile(tf.scalar(2), []));
      return tf.matMul(
        tf.pad(h, [
          [0, 0],
          [1, 1],
        ]) as tf.Tensor2D,
        p['w'] as tf.Tensor2D,
      );
    });
    const padded = { segments: [[{ group: null, size: 1 }], [{ group: 'a.0', size: 4 }], [{ group: null, size: 1 }]] };
    expect(axes).toEqual({ a: [group('a.0'), null], w: [padded, null] });
  });

  test('gives up on parts that do not fit together rather than being wrong', () => {
    const { axes, restrictions } = axesOf({ a: [6, 3], b: [6, 3] }, (p, x) => {
      const threes = tf.sum(tf.reshape(linear(x!, p['a']!), [2, 2, 3]), 2);
      const twos = tf.sum(tf.square(tf.reshape(tf.add(linear(x!, p['a']!), linear(x!, p['b']!)), [2, 3, 2])), 2);
      return tf.sum(tf.add(tf.sum(tf.square(threes)), tf.sum(twos)));
    });
    expect(axes).toEqual({ a: [null, null], b: [null, null] });
    expect(restrictions.some(({ op }) => op === 'Reshape')).toBe(true);
  });

  test('leaves the backend, its tensors and captured constants alone', () => {
    const captured = tf.tensor1d([1, 2, 3, 4]);
    const [backend, before] = [tf.getBackend(), tf.memory()];
    const { axes } = axesOf({ a: [4, 3] }, (p, x) => tf.sum(tf.mul(linear(x!, p['a']!), captured)));
    expect(axes['a']).toEqual([null, null]);
    expect(tf.getBackend()).toBe(backend);
    expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([before.numTensors, before.numBytes]);
    expect([...captured.dataSync()]).toEqual([1, 2, 3, 4]);
    expect([...tf.add(captured, 1).dataSync()]).toEqual([2, 3, 4, 5]);
  });

  test('names the op it cannot follow, refuses numbers to be looked at, and restores the backend then too', () => {
    const run = (f: NamedFunction) => () => axesOf({ a: [4, 4] }, f);
    expect(run((p) => tf.fft(tf.complex(p['a']!, p['a']!)))).toThrow(/inferSymmetries: ops with a known symmetry rule, got \w+/);
    expect(run((p) => tf.scalar(p['a']!.dataSync()[0]!))).toThrow(
      'inferSymmetries: a function that does not look at numbers, got one that reads values of a tensor',
    );
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.add(1, 1).dataSync()[0]).toBe(2);
  });
});
