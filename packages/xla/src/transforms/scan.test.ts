import { expect, test } from '@jest/globals';
import { jit, map, scan, whileLoop } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { counts, describeOnXla, expectTensorsClose, values } from '../testing.fixture.js';

type Pair = { a: Tensor; n: Tensor };
const xs = () =>
  tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
/** Unrolled by tfjs: what a scan must equal. */
function unrolled<C, Y>(f: (carry: C, x: Tensor) => [C, Y], init: C, items: Tensor): [C, Y[]] {
  let carry = init;
  const ys = tf.unstack(items).map((x) => {
    const [next, y] = f(carry, x);
    carry = next;
    return y;
  });
  return [carry, ys];
}

describeOnXla('scan, map and whileLoop', () => {
  test('scan carries and stacks, with records, integers and captured tensors', () => {
    const w = tf.tensor1d([0.5, 2]);
    const step = (c: Pair, x: Tensor): [Pair, { y: Tensor; n: Tensor }] => [
      { a: tf.add(tf.mul(c.a, w), x), n: tf.add(c.n, tf.scalar(1, 'int32')) },
      { y: tf.mul(c.a, x), n: c.n },
    ];
    const init = { a: tf.tensor1d([1, 1]), n: tf.scalar(0, 'int32') };
    const [carry, ys] = scan(step, init, xs());
    const [expected, each] = unrolled(step, init, xs());
    expectTensorsClose(carry, expected);
    expectTensorsClose(ys.y, tf.stack(each.map((row) => row.y)));
    expect(values(ys.n)).toEqual([0, 1, 2]);
    expect(ys.n.dtype).toBe('int32');
  });

  test('scan by length alone, and of no step', () => {
    const [power] = scan((c: Tensor, _: never[]) => [tf.mul(c, 2), []] as [Tensor, never[]], tf.scalar(1), [], 10);
    expect(values(power)).toEqual([1024]);
    const [carry, ys] = scan(
      (c: Tensor, x: Tensor) => [tf.add(c, x), tf.mul(x, 2)] as [Tensor, Tensor],
      tf.tensor1d([1, 2]),
      tf.zeros([0, 2]),
    );
    expect(values(carry)).toEqual([1, 2]);
    expect(ys.shape).toEqual([0, 2]);
    expect(() => scan((c: Tensor, _: never[]) => [c, []] as [Tensor, never[]], tf.scalar(1), [])).toThrow(
      'scan: a length where xs has no tensor',
    );
    expect(() => scan((c: Tensor, x: Tensor) => [c, x] as [Tensor, Tensor], tf.scalar(1), xs(), 4)).toThrow(
      'scan: length equal to the leading axis of xs (3), got 4',
    );
  });

  test('a carry that changes is refused by name', () => {
    const init = { a: tf.tensor1d([1, 1]), n: tf.scalar(0, 'int32') };
    expect(() => scan((c: Pair, x: Tensor) => [{ ...c, a: tf.concat([c.a, x]) }, x] as [Pair, Tensor], init, xs())).toThrow(
      'scan: a carry that keeps its shapes and dtypes (carry.a: float32[2]), got float32[4]',
    );
    expect(() => scan((c: Pair, x: Tensor) => [{ ...c, n: tf.cast(c.n, 'float32') }, x] as [Pair, Tensor], init, xs())).toThrow(
      '(carry.n: int32[]), got float32[]',
    );
    expect(() => scan((c: Pair, x: Tensor) => [{ a: c.a } as unknown as Pair, x] as [Pair, Tensor], init, xs())).toThrow(
      'scan: a carry that keeps its structure (carry.a, carry.n)',
    );
    expect(() =>
      whileLoop(
        (c: Tensor) => tf.less(tf.sum(c), 9),
        (c) => tf.concat([c, c]),
        tf.tensor1d([1, 1]),
      ),
    ).toThrow('whileLoop: a carry that keeps its shapes and dtypes (carry: float32[2])');
    expect(() =>
      whileLoop(
        (c: Tensor) => tf.less(c, 9),
        (c) => c,
        tf.tensor1d([1, 1]),
      ),
    ).toThrow('whileLoop: a condition that is a bool scalar, got bool[2]');
  });

  test('gradients of init, xs and captured tensors, of first and second order, eager and compiled', () => {
    const step =
      (w: Tensor) =>
      (c: Tensor, x: Tensor): [Tensor, Tensor] => [tf.tanh(tf.add(tf.mul(c, w), x)), tf.mul(c, x)];
    const objective = (c: Tensor, ys: Tensor) => tf.add(tf.sum(tf.square(c)), tf.sum(tf.mul(ys, 3)));
    const scanned = (c: Tensor, x: Tensor, w: Tensor) => {
      const h = tf.mul(w, 2);
      const [carry, ys] = scan(step(h), c, x);
      return objective(carry, ys);
    };
    const plain = (c: Tensor, x: Tensor, w: Tensor) => {
      const [carry, ys] = unrolled(step(tf.mul(w, 2)), c, x);
      return objective(carry, tf.stack(ys));
    };
    const args = [tf.tensor1d([0.1, 0.2]), tf.mul(xs(), 0.1), tf.tensor1d([0.3, -0.4])];
    const expected = tf.grads(plain)(args);
    expectTensorsClose(tf.grads(scanned)(args), expected, { rtol: 1e-4 });
    expectTensorsClose(jit((...all: Tensor[]) => tf.grads(scanned)(all))(...args), expected, { rtol: 1e-4 });
    const second =
      (f: typeof plain) =>
      (...all: Tensor[]) =>
        tf.grad((w) => tf.sum(tf.square(tf.grad((v) => f(all[0]!, all[1]!, v))(w))))(all[2]!);
    const curvature = second(plain)(...args);
    expectTensorsClose(jit(second(scanned))(...args), curvature, { rtol: 1e-3, atol: 1e-5 });
    expectTensorsClose(second(scanned)(...args), curvature, { rtol: 1e-3, atol: 1e-5 });
  });

  test('scan inside scan, with a gradient through both', () => {
    const inner = (c: Tensor, x: Tensor) =>
      scan((s: Tensor, e: Tensor) => [tf.add(tf.mul(s, 0.5), tf.mul(e, c)), s] as [Tensor, Tensor], tf.scalar(0), x);
    const nested = (x: Tensor) => {
      const [c, ys] = scan(
        (sum: Tensor, row: Tensor) => [tf.add(sum, inner(sum, row)[0]), inner(sum, row)[1]] as [Tensor, Tensor],
        tf.scalar(1),
        x,
      );
      return tf.add(c, tf.sum(ys));
    };
    const plainInner = (c: Tensor, x: Tensor) =>
      unrolled((s: Tensor, e: Tensor): [Tensor, Tensor] => [tf.add(tf.mul(s, 0.5), tf.mul(e, c)), s], tf.scalar(0) as Tensor, x);
    const plain = (x: Tensor) => {
      const [c, ys] = unrolled(
        (sum: Tensor, row: Tensor): [Tensor, Tensor] => [tf.add(sum, plainInner(sum, row)[0]), tf.stack(plainInner(sum, row)[1])],
        tf.scalar(1) as Tensor,
        x,
      );
      return tf.add(c, tf.sum(tf.stack(ys)));
    };
    const x = tf.mul(xs(), 0.2);
    expectTensorsClose(nested(x), plain(x));
    expectTensorsClose(tf.grad(nested)(x), tf.grad(plain)(x), { rtol: 1e-4 });
  });

  test('map runs one example at a time and is differentiable', () => {
    expectTensorsClose(
      map((row: Tensor) => ({ sum: tf.sum(row), row }), xs()),
      { sum: tf.tensor1d([3, 7, 11]), row: xs() },
    );
    expectTensorsClose(
      tf.grad((x) => tf.sum(map((row: Tensor) => tf.pow(tf.sum(row), 2), x)))(xs()),
      tf.tensor2d([
        [6, 6],
        [14, 14],
        [22, 22],
      ]),
    );
    expect(() => map(() => tf.scalar(1), [])).toThrow('map: at least one tensor');
  });

  test('whileLoop ends by its condition and refuses a gradient', () => {
    const collatz = (start: number) =>
      whileLoop(
        ({ x }: { x: Tensor; turns: Tensor }) => tf.greater(x, tf.scalar(1, 'int32')),
        ({ x, turns }) => {
          const odd = tf.equal(tf.mod(x, tf.scalar(2, 'int32')), tf.scalar(1, 'int32'));
          const next = tf.where(
            odd,
            tf.add(tf.mul(x, tf.scalar(3, 'int32')), tf.scalar(1, 'int32')),
            tf.floorDiv(x, tf.scalar(2, 'int32')),
          );
          return { x: next, turns: tf.add(turns, tf.scalar(1, 'int32')) };
        },
        { x: tf.scalar(start, 'int32') as Tensor, turns: tf.scalar(0, 'int32') as Tensor },
      );
    expect(values(collatz(27).turns)).toEqual([111]);
    const doubling = (x: Tensor) =>
      whileLoop(
        (c: Tensor) => tf.less(c, 100),
        (c) => tf.mul(c, 2),
        x,
      );
    expect(() => tf.grad((x) => doubling(x))(tf.scalar(3))).toThrow('whileLoop: no gradient through it');
    expectTensorsClose(tf.grad((x) => tf.add(tf.square(x), tf.mul(0, tf.less(doubling(tf.scalar(3)), 1))))(tf.scalar(3)), tf.scalar(6));
  });

  test('repeated calls leave nothing behind', () => {
    const w = tf.range(0, 40);
    const x = tf.ones([3, 40]);
    const run = () => {
      tf.dispose(scan((c: Tensor, row: Tensor) => [tf.add(c, tf.mul(row, w)), c] as [Tensor, Tensor], tf.zeros([40]), x));
      tf.dispose(
        tf.grads((a, b) =>
          tf.sum(scan((c: Tensor, row: Tensor) => [tf.add(c, tf.mul(row, b)), c] as [Tensor, Tensor], tf.zerosLike(b), a)[0]),
        )([x, w]),
      );
      tf.dispose(
        whileLoop(
          (c: Tensor) => tf.less(tf.sum(c), 1000),
          (c) => tf.add(c, w),
          tf.zerosLike(w),
        ),
      );
    };
    run();
    tf.tidy(run);
    const before = counts();
    tf.tidy(run);
    tf.tidy(run);
    expect(counts()).toEqual(before);
  });
});
