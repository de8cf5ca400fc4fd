import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../gradients/gradients.generated.js';
import { plain } from './plain.js';

const { deviceCount, jit, vmap, scan, whileLoop, map, mixtures } = plain;
const values = (x: tf.Tensor): number[] => Array.from(x.dataSync());

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Runs `f` and checks that it leaves exactly `kept` more tensors than before. */
function withoutLeak<T>(kept: number, f: () => T): T {
  const before = tf.memory().numTensors;
  const result = f();
  expect(tf.memory().numTensors - before).toBe(kept);
  return result;
}

describe('jit', () => {
  test('runs a function of trees, gives fresh results and keeps nothing else', () => {
    const state = { w: tf.tensor1d([1, 2]), list: [tf.scalar(3)] };
    const step = jit((s: typeof state) => ({ w: tf.mul(tf.add(s.w, s.list[0]!), 2), same: s.w }));
    const result = withoutLeak(2, () => step(state));
    expect(values(result.w)).toEqual([8, 10]);
    state.w.dispose();
    expect(values(result.same)).toEqual([1, 2]);
    expect(step.programs).toBe(0);
    step.dispose();
  });

  test('a loop with donated state holds constant memory', () => {
    const step = jit((s: { w: tf.Tensor }) => ({ w: tf.add(s.w, 1) }), { donate: [0] });
    let state = { w: tf.zeros([3]) as tf.Tensor };
    withoutLeak(0, () => {
      for (let i = 0; i < 5; i++) state = step(state);
    });
    expect(values(state.w)).toEqual([5, 5, 5]);
  });

  test('donation waits for the outermost call: inside a gradient or another transform arguments stay alive', () => {
    const square = jit((x: tf.Tensor) => tf.square(x), { donate: [0] });
    const x = tf.tensor1d([2, 3]);
    expect(values(tf.grad((v) => square(v))(x))).toEqual([4, 6]);
    expect(values(vmap((_: tf.Tensor, shared: tf.Tensor) => square(shared), { inAxes: [0, null] })(tf.zeros([2]), x))).toEqual([
      4, 9, 4, 9,
    ]);
    expect(values(square(x))).toEqual([4, 9]);
    expect(x.isDisposed).toBe(true);
  });

  test('lets gradients through, and through gradients inside it', () => {
    const cube = jit((x: tf.Tensor) => tf.mul(x, tf.square(x)));
    const slope = jit((x: tf.Tensor) => tf.grad((y) => cube(y))(x));
    expect(values(tf.grad((x) => tf.sum(slope(x)))(tf.tensor1d([1, 2])))).toEqual([6, 12]);
  });

  test('static arguments are passed as they are', () => {
    const scale = jit((x: tf.Tensor, factor: number) => tf.mul(x, factor), { staticArguments: [1] });
    expect(values(scale(tf.scalar(2), 4))).toEqual([8]);
  });
});

test('calls together are as many as there are devices: one', () => {
  const double = jit((x: tf.Tensor) => tf.mul(x, 2), { name: 'double' });
  const x = tf.ones([2]);
  expect(values(double.together([[x]])[0]!)).toEqual([2, 2]);
  expect(deviceCount()).toBe(1);
  expect(() => double.together([[x], [x]])).toThrow('double: at most 1 call at the same time, one per device, got 2');
});

describe('vmap', () => {
  const w = tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);

  test('maps over the first axis of every argument', () => {
    const f = vmap((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)));
    expect(values(withoutLeak(1, () => f(w, w)))).toEqual([5, 25, 61]);
  });

  test('takes axes per argument and per leaf, null for shared ones', () => {
    const f = vmap((p: { m: tf.Tensor; s: tf.Tensor }, x: tf.Tensor) => ({ y: tf.add(tf.mul(p.m, p.s), x) }), {
      inAxes: [{ m: -1, s: null }, null],
    });
    const { y } = f({ m: w, s: tf.scalar(10) }, tf.tensor1d([0, 1, 2]));
    expect(y.shape).toEqual([2, 3]);
    expect(values(y)).toEqual([10, 31, 52, 20, 41, 62]);
  });

  test('gradients inside give per-example gradients', () => {
    const perExample = vmap((x: tf.Tensor) => tf.grad((y) => tf.sum(tf.mul(y, tf.square(y))))(x));
    expect(values(withoutLeak(1, () => perExample(w)))).toEqual([3, 12, 27, 48, 75, 108]);
  });

  test('gradients flow through it, to shared arguments too', () => {
    const shared = tf.tensor1d([1, -1]);
    const loss = (s: tf.Tensor): tf.Scalar =>
      tf.sum(vmap((x: tf.Tensor, y: tf.Tensor) => tf.mul(x, tf.square(y)), { inAxes: [0, null] })(w, s));
    expect(values(tf.grad(loss)(shared))).toEqual([18, -24]);
  });

  test('nests and keeps dtypes', () => {
    const less = vmap(vmap((x: tf.Tensor) => tf.less(x, 3)));
    const result = less(w);
    expect(result.dtype).toBe('bool');
    expect(values(result)).toEqual([1, 1, 0, 0, 0, 0]);
  });

  test('no example gives empty results of the right shape and dtype', () => {
    const result = vmap((x: tf.Tensor) => [tf.sum(x), tf.argMax(x)])(tf.zeros([0, 4]));
    expect(result.map((r) => [r.shape, r.dtype])).toEqual([
      [[0], 'float32'],
      [[0], 'int32'],
    ]);
  });

  test('refuses lengths that differ, nothing to map over and a missing axis', () => {
    const add = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.add(a, b);
    expect(() => vmap(add)(tf.zeros([2]), tf.zeros([3]))).toThrow('vmap: mapped axes of one length (2), got 3');
    expect(() => vmap(add, { inAxes: [null, null] })(tf.zeros([2]), tf.zeros([2]))).toThrow('vmap: at least one mapped argument');
    expect(() => vmap(add)(tf.scalar(1), tf.scalar(1))).toThrow('vmap: a tensor that has axis 0 to map over, got shape []');
  });
});

describe('scan', () => {
  const xs = { x: tf.tensor1d([1, 2, 3]) };
  const step = (carry: tf.Tensor, { x }: { x: tf.Tensor }): [tf.Tensor, tf.Tensor] => [tf.add(tf.mul(carry, 2), x), carry];

  test('carries and stacks without leaking', () => {
    const init = tf.scalar(1);
    const [last, ys] = withoutLeak(2, () => scan(step, init, xs));
    expect(values(last)).toEqual([19]);
    expect(values(ys)).toEqual([1, 3, 8]);
    expect(values(init)).toEqual([1]);
  });

  test('gradients flow through the loop', () => {
    const [dInit, dXs] = tf.grads((init: tf.Tensor, x: tf.Tensor) => scan(step, init, { x })[0])([tf.scalar(1), xs.x]);
    expect(values(dInit!)).toEqual([8]);
    expect(values(dXs!)).toEqual([4, 2, 1]);
  });

  test('length stands in for xs without a tensor; zero steps give the carry and empty ys', () => {
    const [count] = scan((n: tf.Tensor, _: tf.Tensor[]): [tf.Tensor, tf.Tensor[]] => [tf.add(n, 1), []], tf.scalar(0), [], 4);
    expect(values(count)).toEqual([4]);
    const [carry, ys] = scan(step, tf.scalar(7), { x: tf.zeros([0]) });
    expect([values(carry), ys.shape]).toEqual([[7], [0]]);
  });

  test('refuses a carry that changes shape', () => {
    const grow = (carry: tf.Tensor): [tf.Tensor, tf.Tensor] => [tf.tile(carry, [2]), carry];
    expect(() => scan(grow, tf.ones([1]), xs)).toThrow('scan: a carry that keeps its structure');
  });
});

test('whileLoop runs until the condition fails, without leaking', () => {
  const init: Record<'i' | 'power', tf.Tensor> = { i: tf.scalar(0, 'int32'), power: tf.scalar(1) };
  const result = withoutLeak(2, () =>
    whileLoop(
      ({ i }) => tf.less(i, 5),
      ({ i, power }) => ({ i: tf.add(i, tf.scalar(1, 'int32')), power: tf.mul(power, 3) }),
      init,
    ),
  );
  expect(values(result.power)).toEqual([243]);
  expect(result.i.dtype).toBe('int32');
  const untouched = whileLoop(
    () => tf.scalar(false),
    (c: typeof init) => c,
    init,
  );
  init.power.dispose();
  expect(values(untouched.power)).toEqual([1]);
});

describe('mixtures', () => {
  const shared = tf.tensor1d([5, 7]);
  const count = tf.tensor1d([1, 2], 'int32');
  const models = [1, 10, 100].map((value) => ({
    w: [tf.tensor1d([value, 2 * value])],
    shared,
    count: value === 1 ? count : tf.clone(count),
  }));

  test('mix floats by the weights and leave what is shared, or no float, as it is in the first', () => {
    const at = mixtures(
      ({ w, shared: constant, count: whole }: (typeof models)[number], x: tf.Tensor) => [tf.mul(w[0]!, x), constant, whole],
      models,
    );
    const [weights, x] = [tf.tensor1d([2, -1.5, 0.5]), tf.scalar(3)];
    const results = withoutLeak(3, () => at(weights, x));
    expect(results.map(values)).toEqual([
      [111, 222],
      [5, 7],
      [1, 2],
    ]);
    expect(results[2]!.dtype).toBe('int32');
  });

  test('refuse no model, and models that differ in structure', () => {
    const identity = ({ w }: { w: tf.Tensor }): tf.Tensor => w;
    expect(() => mixtures(identity, [])(tf.tensor1d([1]))).toThrow('mixture: at least one model, got 0');
    const other = [{ w: shared }, { w: shared, extra: shared }];
    expect(() => mixtures(identity, other)(tf.tensor1d([0.5, 0.5]))).toThrow(
      'mixture: models of one structure, {"w":*}, got {"extra":*,"w":*}',
    );
  });
});

test('map equals vmap of one argument', () => {
  const xs = {
    a: tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
    b: tf.tensor1d([10, 20]),
  };
  const f = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }): { s: tf.Tensor } => ({ s: tf.add(tf.sum(a), b) });
  expect(values(withoutLeak(1, () => map(f, xs)).s)).toEqual(values(vmap(f)(xs).s));
});
