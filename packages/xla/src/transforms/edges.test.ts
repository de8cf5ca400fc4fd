import { expect, test } from '@jest/globals';
import { jit, map, scan, vmap } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { counts, describeOnXla, expectTensorsClose, values } from '../testing.fixture.js';

describeOnXla('odd calls', () => {
  test('no arguments, no results', () => {
    expect(values(jit(() => tf.range(0, 3))())).toEqual([0, 1, 2]);
    expect(jit((_: Tensor) => [])(tf.ones([2]))).toEqual([]);
    expect(jit((_: never[]) => ({}))([])).toEqual({});
  });

  test('nothing to map over, and empty tensors', () => {
    expect(vmap((x: Tensor) => tf.sum(tf.exp(x)))(tf.zeros([0, 3])).shape).toEqual([0]);
    expect(map((x: Tensor) => tf.matMul(x, x), tf.zeros([0, 2, 2])).shape).toEqual([0, 2, 2]);
    expect(values(jit((x: Tensor) => tf.sum(x))(tf.zeros([0])))).toEqual([0]);
  });

  test('donated tensors without a result of their shape are gone too', () => {
    const x = tf.ones([30]);
    const before = counts().buffers;
    const total = jit((a: Tensor) => tf.sum(a), { donate: [0] })(x);
    expect(x.isDisposed).toBe(true);
    total.dispose();
    expect(counts().buffers).toBeLessThanOrEqual(before);
  });

  test('a donated variable may be assigned again', () => {
    const w = tf.variable(tf.ones([20]));
    const next = jit((a: Tensor) => tf.mul(a, 2), { donate: [0], name: 'double' })(w);
    expect(() => tf.add(w, 1)).toThrow('xla/Add: a live tensor, got one donated to "double"');
    w.assign(next);
    expect(values(w)[0]).toBe(2);
  });

  test('large arrays made inside become part of the program without slowing the text', () => {
    const f = jit((x: Tensor) => tf.add(x, tf.tensor1d(Float32Array.from({ length: 400_000 }, (_, i) => i))));
    const before = counts();
    const y = f(tf.zeros([400_000]));
    expect(values(y)[399_999]).toBe(399_999);
    f.dispose();
    y.dispose();
    expect(counts().tensors).toBe(before.tensors + 1); // the argument
  });

  test('a gradient with respect to integers is zero, and through a cast to them', () => {
    const f = jit((x: Tensor) => tf.add(tf.sum(x), tf.sum(tf.cast(tf.cast(x, 'int32'), 'float32'))));
    expect(values(tf.grad((x) => f(x))(tf.tensor1d([1.5, 2.5])))).toHaveLength(2);
  });

  test('value and gradients at once, mapped, as tfjs returns them', () => {
    const f = vmap(
      (w: Tensor, x: Tensor) => tf.valueAndGrads((a, b) => tf.sum(tf.mul(tf.square(a), b)))([w, x]) as { value: Tensor; grads: Tensor[] },
      { inAxes: [0, null] },
    );
    const { value, grads } = f(
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor1d([5, 6]),
    );
    expectTensorsClose(
      [value, ...grads],
      [
        tf.tensor1d([29, 141]),
        tf.tensor2d([
          [10, 24],
          [30, 48],
        ]),
        tf.tensor2d([
          [1, 4],
          [9, 16],
        ]),
      ],
    );
  });

  test('three transforms deep with tidy, gradients and captured tensors', () => {
    const w = tf.tensor1d([0.5, -0.5, 1]);
    const loss = (v: Tensor, x: Tensor) => tf.tidy(() => tf.sum(tf.square(tf.sub(tf.mul(v, x), w))));
    const descend = (v: Tensor, xs: Tensor) =>
      scan((c: Tensor, x: Tensor) => [tf.sub(c, tf.mul(0.1, tf.grad((z) => loss(z, x))(c))), loss(c, x)] as [Tensor, Tensor], v, xs);
    const starts = tf.tensor2d([
      [1, 1, 1],
      [0, 0, 0],
    ]);
    const xs = tf.tensor2d([
      [1, 2, 3],
      [1, 1, 1],
      [0.5, 1, 2],
    ]);
    const [ends, losses] = jit(vmap(descend, { inAxes: [0, null] }))(starts, xs);
    const one = descend(tf.tensor1d([1, 1, 1]), xs);
    expectTensorsClose(tf.squeeze(tf.slice(ends, 0, 1), [0]), one[0]);
    expectTensorsClose(tf.squeeze(tf.slice(losses, 0, 1), [0]), one[1]);
    // the gradient of the whole descent
    const through = (v: Tensor) => tf.sum(tf.square(descend(v, xs)[0]));
    const exact = tf.grad((v) => {
      const stepped = tf.unstack(xs).reduce<Tensor>((c, x) => tf.sub(c, tf.mul(0.2, tf.mul(tf.sub(tf.mul(c, x), w), x))), v);
      return tf.sum(tf.square(stepped));
    })(tf.tensor1d([1, 1, 1]));
    expectTensorsClose(tf.grad(through)(tf.tensor1d([1, 1, 1])), exact, { rtol: 1e-4 });
    expectTensorsClose(jit(tf.grad(through))(tf.tensor1d([1, 1, 1])), exact, { rtol: 1e-4 });
  });
});
