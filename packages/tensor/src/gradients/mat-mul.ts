import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import { sumTo } from './broadcast.js';

/** Gradient of a product of matrices whose leading axes may broadcast. */
export const matMulGradient: GradConfig = {
  kernelName: 'BatchMatMul',
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attrs) => {
    const [a, b] = saved as [Tensor, Tensor];
    const d = dy as Tensor;
    const { transposeA, transposeB } = attrs as { transposeA?: boolean; transposeB?: boolean };
    return {
      a: () => sumTo(transposeA ? tf.matMul(b, d, transposeB, true) : tf.matMul(d, b, false, !transposeB), a.shape),
      b: () => gradientOfRight(a, b, d, transposeA ?? false, transposeB ?? false),
    };
  },
};

function gradientOfRight(a: Tensor, b: Tensor, dy: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  // A right side shared by the whole batch: one product over all rows instead of one per example and their sum.
  const shared = dy.rank > 2 && dy.rank === a.rank && tf.util.sizeFromShape(b.shape.slice(0, -2)) === 1;
  if (shared && !transposeA) {
    const rows = (x: Tensor): Tensor => tf.reshape(x, [-1, x.shape[x.rank - 1]!]);
    return tf.reshape(transposeB ? tf.matMul(rows(dy), rows(a), true) : tf.matMul(rows(a), rows(dy), true), b.shape);
  }
  return sumTo(transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false), b.shape);
}
