import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { decodeArrow, encodeArrow } from '@basinlab/core/arrow';
import { metricContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import type { ActivationBatch } from '@basinlab/tensor';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { createLinearCka, kernelCka, linearCka } from './index.js';

await tf.setBackend('cpu');

const rows = 24;
const random = (seed: number, size: number): Float32Array => normal(keyFromSeed(seed), size);
const column = (model: string, layer: string, tensor: tf.Tensor): ActivationBatch['columns'][number] => ({
  name: `${model}.${layer}`,
  field: { model, layer, site: 'post-activation' },
  tensor,
});
const pair = (a: tf.Tensor, b: tf.Tensor): ActivationBatch => ({ rows: a.shape[0]!, columns: [column('a', 'l', a), column('b', 'l', b)] });
const x = (): tf.Tensor => tf.tensor2d(random(1, rows * 5), [rows, 5]);
/** x (I - 2 v v^T / |v|^2) */
const reflected = (of: tf.Tensor): tf.Tensor => {
  const v = tf.tensor2d([1, -2, 0.5, 3, 1], [5, 1]);
  return tf.sub(of, tf.mul(tf.matMul(tf.matMul(of as tf.Tensor2D, v), v, false, true), tf.div(2, tf.sum(tf.square(v)))));
};
const label = 'cka{layer=l,site=post-activation}';

/** The Gram matrix of the rows, in float64. */
function gram(values: ArrayLike<number>, units: number): Float64Array {
  const n = values.length / units;
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < units; k++) sum += values[Math.floor(at / n) * units + k]! * values[(at % n) * units + k]!;
    return sum;
  });
}

testContract(
  metricContract(linearCka, [
    { name: 'a model with itself', batch: () => pair(x(), x()), expected: { [label]: 1 } },
    {
      name: 'reflected, scaled and shifted',
      batch: () => pair(x(), tf.add(tf.mul(reflected(x()), -3), 7)),
      expected: { [label]: 1 },
    },
    {
      name: 'other units, as kernels say',
      batch: () => pair(x(), tf.tensor2d(random(3, rows * 3), [rows, 3])),
      expected: { [label]: kernelCka(gram(random(1, rows * 5), 5), gram(random(3, rows * 3), 3), rows) },
    },
    { name: 'constant activations', batch: () => pair(x(), tf.fill([rows, 3], 2)), expected: { [label]: NaN }, degenerate: true },
    {
      name: 'orthogonal sides',
      batch: () => pair(tf.tensor2d([[1], [-1], [1], [-1]]), tf.tensor2d([[1], [1], [-1], [-1]])),
      expected: { [label]: 0 },
    },
    {
      name: 'feature maps: positions are samples',
      batch: () => pair(tf.reshape(x(), [6, 2, 2, 5]), tf.reshape(tf.tensor2d(random(3, rows * 3), [rows, 3]), [6, 2, 2, 3])),
      expected: { [label]: kernelCka(gram(random(1, rows * 5), 5), gram(random(3, rows * 3), 3), rows) },
    },
  ]),
);

describe('linear CKA', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('of an Arrow table, between two columns of one model', async () => {
    const whole: ActivationBatch = { rows, columns: [column('net', 'one', x()), column('net', 'two', tf.square(x()))] };
    const evaluate = (batches: readonly ActivationBatch[]): unknown => {
      const metric = createLinearCka({ columns: ['net.one', 'net.two'] });
      return metric.result(batches.reduce(metric.update, metric.init()));
    };
    expect(evaluate(await decodeArrow(await encodeArrow([whole])))).toEqual(evaluate([whole]));
  });

  test('one sample has no answer; batches of other rows and unpaired models are refused', () => {
    tf.tidy(() => {
      const one = linearCka.update(linearCka.init(), pair(tf.ones([1, 2]), tf.ones([1, 2])));
      expect(linearCka.result(one)[0]!.value).toBeNaN();
      expect(() => linearCka.update(linearCka.init(), pair(tf.ones([3, 2]), tf.ones([2, 2])))).toThrow('cka: activations on the same rows');
      expect(() => createLinearCka({ models: ['a', 'c'] }).update(new Map(), pair(x(), x()))).toThrow(
        'cka: columns of the models a and c at the same layer and site, got a l post-activation, b l post-activation',
      );
    });
  });
});

describe('kernel CKA', () => {
  const independent = (samples: number, unbiased: boolean): number => {
    const [a, b] = [random(5, samples * 40), random(6, samples * 40)];
    return kernelCka(gram(a, 40), gram(b, 40), samples, { unbiased });
  };

  test('does not change with scale or with a constant added to a kernel', () => {
    const [k, l] = [gram(random(1, 60), 6), gram(random(2, 60), 6)];
    const value = kernelCka(k, l, 10);
    expect(
      kernelCka(
        k.map((entry) => 5 * entry - 3),
        l,
        10,
      ),
    ).toBeCloseTo(value, 12);
    expect(kernelCka(k, k, 10)).toBeCloseTo(1, 12);
  });

  test('few independent samples look alike, unless the estimate is unbiased', () => {
    expect(independent(12, false)).toBeGreaterThan(0.6);
    expect(Math.abs(independent(12, true))).toBeLessThan(0.2);
    expect(kernelCka(gram(random(1, 60), 6), gram(random(1, 60), 6), 10, { unbiased: true })).toBeCloseTo(1, 12);
  });

  test('a constant kernel has no answer; other sizes and too few samples are refused', () => {
    const flat = new Float64Array(25).fill(0.1);
    expect(kernelCka(flat, gram(random(1, 10), 2), 5)).toBeNaN();
    expect(kernelCka(flat, gram(random(1, 10), 2), 5, { unbiased: true })).toBeNaN();
    expect(() => kernelCka(flat, flat, 4)).toThrow('cka: two matrices of 16 entries, got [25,25]');
    expect(() => kernelCka(new Float64Array(9), new Float64Array(9), 3, { unbiased: true })).toThrow('cka: at least 4 samples');
  });
});
