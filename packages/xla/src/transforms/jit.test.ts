import { expect, test } from '@jest/globals';
import { jit } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { counts, describeOnXla, expectTensorsClose, values } from '../testing.fixture.js';
import { gradients, loss, makeBatch, makeParams, makeState, trainStep } from './mlp.fixture.js';
import type { Params } from './mlp.fixture.js';

describeOnXla('jit', () => {
  test('gives what the same function gives eagerly, for a training step', () => {
    const { x, y } = makeBatch();
    const step = jit(trainStep, { name: 'step' });
    let [compiled, eager] = [step(makeState(), x, y), trainStep(makeState(), x, y)];
    for (let i = 0; i < 3; i++) [compiled, eager] = [step(compiled.state, x, y), trainStep(eager.state, x, y)];
    // AdamW divides by the square root of tiny second moments, which amplifies rounding.
    expectTensorsClose(compiled, eager, { rtol: 1e-3, atol: 1e-5 });
    expect(step.programs).toBe(1);
    step.dispose();
  });

  test('a donated training state ends the same, and its tensors are gone', () => {
    const { x, y } = makeBatch();
    const [plain, donating] = [jit(trainStep), jit(trainStep, { donate: [0], name: 'step' })];
    const first = makeState();
    const weight = first.params.w0!;
    let [kept, state] = [plain(makeState(), x, y).state, donating(first, x, y).state];
    expect(weight.isDisposed).toBe(true);
    expect(() => tf.add(weight, 1)).toThrow('xla/Add: a live tensor, got one donated to "step"');
    weight.dispose();
    for (let i = 0; i < 3; i++) [kept, state] = [plain(kept, x, y).state, donating(state, x, y).state];
    expectTensorsClose(state, kept, { rtol: 0, atol: 0 });
  });

  test('a donated tensor may not be used twice', () => {
    const x = tf.range(0, 100);
    expect(() => jit((a: Tensor, b: Tensor) => tf.add(a, b), { donate: [0], name: 'sum' })(x, x)).toThrow(
      'xla/sum: a donated tensor that is used once',
    );
    const captured = jit((a: Tensor) => tf.add(a, x), { donate: [0], name: 'sum' });
    expect(() => captured(x)).toThrow('captured by the function');
  });

  test('compiles once per structure, shapes, dtypes, static values and precision', () => {
    const f = jit((tree: { a: Tensor; b: Tensor }, power: number) => tf.pow(tf.add(tree.a, tree.b), power), { staticArguments: [1] });
    const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    expect(values(f({ a, b }, 2))).toEqual([16, 36]);
    expect(values(f({ b, a }, 2))).toEqual([16, 36]);
    expect(f.programs).toBe(1);
    expect(values(f({ a, b }, 3))).toEqual([64, 216]);
    expect(f.programs).toBe(2);
    f({ a: tf.ones([2, 2]), b }, 2);
    f({ a: tf.tensor1d([1, 2], 'int32'), b: tf.tensor1d([1, 2], 'int32') }, 2);
    expect(f.programs).toBe(4);
    f.dispose();
    expect(f.programs).toBe(0);
  });

  test('captured tensors become inputs and live as long as the program', () => {
    const weights = tf.tensor1d(Array.from({ length: 40 }, (_, i) => i));
    const f = jit((x: Tensor) => tf.mul(x, weights));
    const first = values(f(tf.ones([40])));
    weights.dispose();
    expect(values(f(tf.ones([40])))).toEqual(first);
    const before = counts();
    f.dispose();
    expect(counts().tensors).toBe(before.tensors - 1);
  });

  test('a captured variable is read when the program runs', () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const f = jit((x: Tensor) => tf.mul(x, w));
    const x = tf.tensor1d([10, 10]);
    expect(values(f(x))).toEqual([10, 20]);
    w.assign(tf.tensor1d([3, 4]));
    expect(values(f(x))).toEqual([30, 40]);
    w.assign(tf.reshape(tf.exp(tf.zeros([2, 1])), [2])); // a view of data of another shape
    expect(values(f(x))).toEqual([10, 10]);
    expectTensorsClose(tf.grads((_x, v) => tf.sum(f(tf.mul(x, tf.mean(v)))))([x, w])[1]!, tf.tensor1d([20, 20]));
    const last = tf.tensor1d([5, 6]);
    w.assign(last);
    tf.dispose([last, w]);
    expect(() => f(x)).toThrow('a live tensor, got a disposed one');
  });

  test('results may be arguments, captured tensors and constants', () => {
    const captured = tf.tensor1d([5, 6]);
    const f = jit((x: Tensor) => ({ same: x, captured, constant: tf.zeros([2]), twice: [x, x] }));
    const x = tf.tensor1d([1, 2]);
    const result = f(x);
    x.dispose();
    expectTensorsClose(result, {
      same: tf.tensor1d([1, 2]),
      captured,
      constant: tf.zeros([2]),
      twice: [tf.tensor1d([1, 2]), tf.tensor1d([1, 2])],
    });
  });

  test('a view of other data keeps its shape', () => {
    const x = tf.tensor1d([1, 2, 3, 4, 5, 6]);
    expectTensorsClose(jit((a: Tensor) => tf.sum(a, 0))(tf.reshape(x, [2, 3])), tf.tensor1d([5, 7, 9]));
  });

  test('inside another jit it is part of that program', () => {
    const inner = jit((x: Tensor) => tf.square(x));
    const outer = jit((x: Tensor) => tf.add(inner(x), inner(tf.mul(x, 2))));
    expect(values(outer(tf.tensor1d([1, 3])))).toEqual([5, 45]);
    expect(inner.programs).toBe(0);
  });

  test('gradients from outside: of arguments, of captured tensors, and through an unused result', () => {
    const w = tf.tensor1d([2, 3]);
    const f = jit((x: Tensor) => ({ y: tf.mul(tf.square(x), w), unused: tf.exp(x), count: tf.cast(x, 'int32') }));
    const x = tf.tensor1d([1, 4]);
    expectTensorsClose(tf.grad((a) => tf.sum(f(a).y))(x), tf.tensor1d([4, 24]));
    const [dx, dw] = tf.grads((a, _b) => tf.sum(f(a).y))([x, w]);
    expectTensorsClose([dx!, dw!], [tf.tensor1d([4, 24]), tf.tensor1d([1, 16])]);
  });

  test('a captured tensor that was computed under the tape receives its gradient', () => {
    const grad = tf.grad((x) => {
      const h = tf.square(x);
      const f = jit((a: Tensor) => tf.mul(a, h));
      return tf.sum(f(tf.tensor1d([1, 2])));
    });
    expectTensorsClose(grad(tf.tensor1d([3, 5])), tf.tensor1d([6, 20]));
  });

  test('gradients of donated arguments leave them alive', () => {
    const f = jit((x: Tensor) => tf.square(x), { donate: [0] });
    const x = tf.tensor1d([1, 2]);
    expectTensorsClose(tf.grad((a) => tf.sum(f(a)))(x), tf.tensor1d([2, 4]));
    expect(values(x)).toEqual([1, 2]);
  });

  test('second-order gradients of an MLP loss, traced inside and taken from outside', () => {
    const { x, y } = makeBatch();
    const params = makeParams();
    const direction = makeParams();
    // Hessian times direction: the gradient of <gradient, direction>
    const product = (f: (p: Params) => Tensor) => (w0: Tensor) =>
      tf.grad((w) => {
        const inner = tf.grad((v) => f({ ...params, w0: v }))(w);
        return tf.sum(tf.mul(inner, direction.w0!));
      })(w0);
    const eager = product((p) => loss(p, x, y))(params.w0!);
    const inside = jit(product((p) => loss(p, x, y)))(params.w0!);
    const compiled = jit((p: Params) => loss(p, x, y));
    const outside = product((p) => compiled(p))(params.w0!);
    const size = Math.max(...values(eager).map(Math.abs));
    expect(size).toBeGreaterThan(1e-3);
    // The same product computed by JAX in float64.
    const exact = [1.83678184, -0.90594733, 5.16387907, -5.06329222, 2.48355937, 0.47795075, -4.53731795, 0.54438647];
    expectTensorsClose(tf.slice(tf.reshape(eager, [-1]), 0, 8), tf.tensor1d(exact), { rtol: 0, atol: 1e-3 });
    // Entries are sums of many terms of either sign: errors are relative to the largest.
    expectTensorsClose(inside, eager, { rtol: 0, atol: 1e-5 * size });
    expectTensorsClose(outside, eager, { rtol: 0, atol: 1e-5 * size });
  });

  test('repeated calls leave the number of tensors and buffers constant', () => {
    const { x, y } = makeBatch();
    const step = jit(trainStep, { donate: [0] });
    let state = makeState();
    const measured = [];
    for (let i = 0; i < 6; i++) {
      const next = step(state, x, y);
      next.loss.dispose();
      state = next.state;
      if (i > 1) measured.push(counts());
    }
    expect(new Set(measured.map((each) => JSON.stringify(each))).size).toBe(1);
    const grads = jit((p: Params) => gradients(p, x, y).grads);
    grads(state.params);
    const before = counts();
    for (let i = 0; i < 3; i++) tf.dispose(grads(state.params));
    tf.dispose(tf.grad((w) => tf.sum(grads({ ...state.params, w0: w }).w0!))(state.params.w0!));
    const once = counts();
    tf.dispose(tf.grad((w) => tf.sum(grads({ ...state.params, w0: w }).w0!))(state.params.w0!));
    expect(counts()).toEqual(once);
    expect(before.tensors).toBeLessThanOrEqual(once.tensors);
  });

  test('a function that fails leaves nothing behind', () => {
    const x = tf.ones([2, 3]);
    const before = counts();
    const f = jit((a: Tensor) => {
      tf.exp(a);
      throw new Error('mine');
    });
    expect(() => f(x)).toThrow('mine');
    expect(counts()).toEqual(before);
    expect(values(tf.add(x, 1))[0]).toBe(2);
  });

  test('reading a traced tensor, odd arguments and results are refused', async () => {
    const x = tf.tensor1d([1, 2]);
    expect(() => jit((a: Tensor) => tf.scalar(a.dataSync()[0]!))(x)).toThrow(
      'xla: a tensor with a value, got a tensor inside jit, vmap or scan',
    );
    expect(() => jit((a: Tensor, b: Tensor) => tf.add(a, b), { name: 'f' })(x, 3 as unknown as Tensor)).toThrow(
      'f: records and arrays of tensors, got 3',
    );
    expect(() => jit((() => 3) as unknown as (a: Tensor) => Tensor, { name: 'f' })(x)).toThrow('f: records and arrays of tensors, got 3');
    let leaked: Tensor | undefined;
    jit((a: Tensor) => {
      leaked = tf.keep(tf.exp(a));
      return a;
    })(x);
    expect(() => tf.add(leaked!, 1)).toThrow('xla/Add: tensors with values, got a tensor that was kept from a traced function');
    await expect(leaked!.data()).rejects.toThrow('a tensor with a value');
    expect(() => jit((a: Tensor) => tf.add(a, leaked!))(x)).toThrow('a tensor of this function');
    leaked!.dispose();
    expect(() =>
      jit((a: Tensor, n: number) => tf.mul(a, n), { staticArguments: [1], name: 'f' })(x, (() => 1) as unknown as number),
    ).toThrow('f: a plain value as static argument 1');
    expect(() => jit((a: Tensor) => a, { name: 'f' })(tf.tensor(['a', 'b']))).toThrow(
      'xla/f: float32, int32, bool or complex64 tensors, got string',
    );
  });
});
