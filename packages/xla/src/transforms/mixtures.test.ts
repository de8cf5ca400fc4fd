import { expect, test } from '@jest/globals';
import { jit, map, mixtures, vmap } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { counts, describeOnXla, expectTensorsClose, values } from '../testing.fixture.js';
import { forward, makeBatch, makeParams } from './mlp.fixture.js';
import type { Params } from './mlp.fixture.js';

const one = (params: Params, i: number): Params =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, tf.squeeze(tf.slice(value, i, 1), [0])]));
const points = [
  [1, 0, 0],
  [0.2, 0.3, 0.5],
  [1.5, -1, 0.5],
  [0, 0, 1],
];

describeOnXla('mixtures', () => {
  test.each([
    ['map', (at: (w: Tensor) => Tensor, weights: Tensor) => map(at, weights)],
    ['vmap', (at: (w: Tensor) => Tensor, weights: Tensor) => vmap(at)(weights)],
  ] as const)('of MLPs inside %s, and inside a loop over batches, are the MLPs of the mixed parameters', (_, over) => {
    const all = makeParams(3);
    const models = [0, 1, 2].map((i) => one(all, i));
    const batches = tf.stack([makeBatch().x, tf.neg(makeBatch().x)]);
    const program = jit((own: Params[], weights: Tensor, xs: Tensor) =>
      map((x) => {
        const at = mixtures((params: Params) => forward(params, x), own);
        return over(at, weights);
      }, xs),
    );
    const expected = tf.stack(
      tf
        .unstack(batches)
        .map((x) =>
          tf.stack(
            points.map((row) =>
              forward(
                Object.fromEntries(
                  Object.entries(all).map(([name, value]) => [
                    name,
                    tf.sum(tf.mul(value, tf.reshape(tf.tensor1d(row), [3, ...value.shape.slice(1).map(() => 1)])), 0),
                  ]),
                ),
                x,
              ),
            ),
          ),
        ),
    );
    const weights = tf.tensor2d(points);
    expectTensorsClose(program(models, weights, batches), expected, { rtol: 1e-4, atol: 1e-5 });
    const before = counts();
    tf.dispose(program(models, weights, batches));
    expect(counts()).toEqual(before);
    program.dispose();
  });

  test('further arguments and whole trees of results; outside of compiled functions too', () => {
    const models = [{ w: tf.tensor1d([1, 2]) }, { w: tf.tensor1d([3, 6]) }];
    const f = ({ w }: { w: Tensor }, x: Tensor) => ({ product: tf.mul(w, x), x, fixed: tf.scalar(2) });
    const weights = tf.tensor1d([0.5, 0.5]);
    const expected = { product: tf.tensor1d([8, 16]), x: tf.scalar(4), fixed: tf.scalar(2) };
    expectTensorsClose(mixtures(f, models)(weights, tf.scalar(4)), expected);
    const compiled = jit((own: { w: Tensor }[], share: Tensor, x: Tensor) => mixtures(f, own)(share, x));
    expectTensorsClose(compiled(models, weights, tf.scalar(4)), expected);
    compiled.dispose();
  });

  test('gradients through them are those of the mixed model', () => {
    const models = [tf.tensor1d([1, 2]), tf.tensor1d([3, 6])];
    const slope = jit((own: Tensor[], weights: Tensor) =>
      tf.grad((share: Tensor) => tf.sum(tf.square(mixtures((w: Tensor) => w, own)(share))))(weights),
    );
    expect(values(slope(models, tf.tensor1d([0.5, 0.5])))).toEqual([20, 60]);
    slope.dispose();
  });
});
