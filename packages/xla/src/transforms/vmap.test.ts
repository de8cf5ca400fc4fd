import { expect, test } from '@jest/globals';
import { jit, map, scan, vmap, whileLoop } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { counts, describeOnXla, expectTensorsClose, values } from '../testing.fixture.js';
import { forward, gradients, makeBatch, makeParams, makeState, trainStep } from './mlp.fixture.js';
import type { Params } from './mlp.fixture.js';

const take = (params: Params, i: number): Params =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, tf.squeeze(tf.slice(value, i, 1), [0])]));

describeOnXla('vmap', () => {
  test('of an MLP over its parameters is a loop over models', () => {
    const { x } = makeBatch();
    const models = makeParams(3);
    const logits = vmap((p: Params) => forward(p, x))(models);
    expectTensorsClose(logits, tf.stack([0, 1, 2].map((i) => forward(take(models, i), x))));
  });

  test('axes: any axis, shared arguments, per leaf', () => {
    const x = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const shared = tf.tensor1d([10, 20]);
    const f = vmap((a: { left: Tensor; right: Tensor }) => tf.sum(tf.mul(a.left, a.right)), { inAxes: [{ left: 1, right: null }] });
    expect(values(f({ left: x, right: shared }))).toEqual([90, 120, 150]);
    expect(values(vmap((a: Tensor) => tf.sum(a), { inAxes: [-1] })(x))).toEqual([5, 7, 9]);
    expect(() => vmap((a: Tensor, b: Tensor) => tf.add(a, b))(x, tf.ones([3]))).toThrow('vmap: mapped axes of one length (2), got 3');
    expect(() => vmap((a: Tensor) => a, { inAxes: [null] })(x)).toThrow('vmap: at least one mapped argument');
    expect(() => vmap((a: Tensor) => a)(tf.scalar(1))).toThrow('vmap: a tensor that has axis 0');
  });

  test('results that do not depend on the mapped argument are repeated', () => {
    expectTensorsClose(
      vmap((_: Tensor) => tf.tensor1d([1, 2]))(tf.zeros([3])),
      tf.tensor2d([
        [1, 2],
        [1, 2],
        [1, 2],
      ]),
    );
  });

  test('gradients inside: one gradient per model, and per sample', () => {
    const { x, y } = makeBatch();
    const models = makeParams(3);
    const all = vmap((p: Params) => gradients(p, x, y))(models);
    const looped = [0, 1, 2].map((i) => gradients(take(models, i), x, y));
    expectTensorsClose(all.value, tf.stack(looped.map((each) => each.value)));
    expectTensorsClose(all.grads.w1!, tf.stack(looped.map((each) => each.grads.w1!)));
    const one = take(models, 0);
    const perSample = vmap((row: Tensor, label: Tensor) => gradients(one, tf.expandDims(row, 0), tf.expandDims(label, 0)).grads.w0!)(x, y);
    expectTensorsClose(tf.mean(perSample, 0), gradients(one, x, y).grads.w0!, { atol: 1e-5 });
  });

  test('gradients outside: of mapped, shared and captured tensors', () => {
    const xs = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const [w, c] = [tf.tensor1d([2, 3]), tf.tensor1d([7, 8])];
    const f = vmap((x: Tensor, shared: Tensor) => tf.sum(tf.mul(tf.square(tf.mul(x, shared)), c)), { inAxes: [0, null] });
    const mapped = tf.grads((x, shared, _captured) => tf.sum(f(x, shared)))([xs, w, c]);
    const plain = tf.grads((x, shared, captured) => tf.sum(tf.mul(tf.square(tf.mul(x, shared)), captured)))([xs, w, c]);
    expectTensorsClose(mapped, plain);
    expectTensorsClose(jit((a: Tensor, b: Tensor) => tf.grads((x, shared) => tf.sum(f(x, shared)))([a, b]))(xs, w), plain.slice(0, 2));
  });

  test('a tensor computed under the tape and used inside receives its gradient, twice differentiated too', () => {
    const f = (x: Tensor) => {
      const h = tf.square(x);
      return tf.sum(vmap((z: Tensor) => tf.mul(tf.pow(z, 3), tf.sum(tf.mul(h, z))))(x));
    };
    const plain = (x: Tensor) => {
      const h = tf.square(x);
      return tf.sum(tf.mul(tf.pow(x, 4), tf.sum(h)));
    };
    const x = tf.tensor1d([0.5, -1, 1.5]);
    expectTensorsClose(tf.grad(f)(x), tf.grad(plain)(x), { rtol: 1e-4 });
    const second = (g: typeof f) => tf.grad((a) => tf.sum(tf.square(tf.grad(g)(a))));
    expectTensorsClose(second(f)(x), second(plain)(x), { rtol: 1e-4 });
    expectTensorsClose(jit(second(f))(x), second(plain)(x), { rtol: 1e-4 });
  });

  test('nests with itself, jit, scan, map and whileLoop', () => {
    const xs = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const outer = vmap((a: Tensor) => vmap((b: Tensor) => tf.mul(a, b))(tf.tensor1d([1, 10])));
    expectTensorsClose(
      outer(xs),
      tf.stack([0, 1].map((i) => tf.stack([1, 10].map((s) => tf.mul(tf.squeeze(tf.slice(xs, i, 1), [0]), s))))),
    );
    const total = (row: Tensor) =>
      scan((sum: Tensor, x: Tensor) => [tf.add(sum, x), tf.mul(sum, x)] as [Tensor, Tensor], tf.scalar(0), row);
    const [sums, products] = vmap(total)(xs);
    expectTensorsClose(
      [sums, products],
      [
        tf.tensor1d([6, 15]),
        tf.tensor2d([
          [0, 2, 9],
          [0, 20, 54],
        ]),
      ],
    );
    const [carried] = scan(
      (c: Tensor, x: Tensor) => [vmap((a: Tensor, b: Tensor) => tf.add(a, tf.square(b)))(c, x), c] as [Tensor, Tensor],
      tf.zeros([3]),
      xs,
    );
    expectTensorsClose(carried, tf.tensor1d([17, 29, 45]));
    expectTensorsClose(
      map((row: Tensor) => vmap((x: Tensor) => tf.square(x))(row), xs),
      tf.square(xs),
    );
    const doubled = vmap((x: Tensor) =>
      whileLoop(
        (c: Tensor) => tf.less(c, 100),
        (c) => tf.mul(c, 2),
        x,
      ),
    );
    expectTensorsClose(doubled(tf.tensor1d([3, 60, 100, 200])), tf.tensor1d([192, 120, 100, 200]));
    const inner = jit((x: Tensor) => tf.exp(x));
    expectTensorsClose(vmap(inner)(xs), tf.exp(xs));
  });

  test('a population trained by vmap is the models trained one by one', () => {
    const { x, y } = makeBatch();
    const step = jit(vmap(trainStep, { inAxes: [0, null, null] }), { donate: [0] });
    const alone = jit(trainStep);
    let together = makeState(2);
    let each = [0, 1].map((i) => ({ ...makeState(), params: take(makeParams(2), i) }));
    for (let i = 0; i < 3; i++) {
      together = step(together, x, y).state;
      each = each.map((state) => alone(state, x, y).state);
    }
    expectTensorsClose(together.params.w0!, tf.stack(each.map((state) => state.params.w0!)), { rtol: 1e-3, atol: 1e-5 });
  });

  test('random indices, updates and sorting per example', () => {
    const xs = tf.tensor2d([
      [3, 1, 2],
      [9, 8, 7],
    ]);
    const at = tf.tensor2d(
      [
        [2, 0],
        [1, 1],
      ],
      [2, 2],
      'int32',
    );
    expectTensorsClose(
      vmap((x: Tensor, i: Tensor) => tf.gather(x, i as tf.Tensor1D))(xs, at),
      tf.tensor2d([
        [2, 3],
        [8, 8],
      ]),
    );
    const grads = vmap((x: Tensor, i: Tensor) => tf.grad((z) => tf.sum(tf.square(tf.gather(z, i as tf.Tensor1D))))(x))(xs, at);
    expectTensorsClose(
      grads,
      tf.tensor2d([
        [6, 0, 4],
        [0, 32, 0],
      ]),
    );
    expectTensorsClose(
      vmap((x: Tensor) => tf.topk(x, 2).values)(xs),
      tf.tensor2d([
        [3, 2],
        [9, 8],
      ]),
    );
  });

  test('repeated calls leave nothing behind, with captures and under a tape', () => {
    const xs = tf.ones([3, 40]);
    const w = tf.range(0, 40);
    const f = vmap((x: Tensor) => tf.sum(tf.mul(x, w)));
    const run = () => {
      tf.dispose(f(xs));
      tf.dispose(vmap((x: Tensor) => tf.sum(tf.mul(x, w)))(xs));
      tf.dispose(tf.grads((a, b) => tf.sum(vmap((x: Tensor) => tf.mul(tf.square(x), b))(a)))([xs, w]));
    };
    run();
    const before = counts();
    run();
    run();
    expect(counts()).toEqual(before);
  });
});
