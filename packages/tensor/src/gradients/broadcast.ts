import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

/** Sums `gradient` over the axes along which an operand of `shape` was repeated. */
export function sumTo(gradient: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length === 0 ? gradient : tf.sum(gradient, axes), shape);
}

type Slope = (a: Tensor, b: Tensor) => Tensor;
const elementwise = (kernelName: string, slopeA: Slope, slopeB: Slope): GradConfig => ({
  kernelName,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor];
    return { a: () => sumTo(tf.mul(dy as Tensor, slopeA(a, b)), a.shape), b: () => sumTo(tf.mul(dy as Tensor, slopeB(a, b)), b.shape) };
  },
});
const indicator = (condition: Tensor): Tensor => tf.cast(condition, 'float32');

/** Where operands are equal, the first gets the gradient, as tfjs has it. */
export const broadcastGradients: readonly GradConfig[] = [
  elementwise(
    'Maximum',
    (a, b) => indicator(tf.greaterEqual(a, b)),
    (a, b) => indicator(tf.less(a, b)),
  ),
  elementwise(
    'Minimum',
    (a, b) => indicator(tf.lessEqual(a, b)),
    (a, b) => indicator(tf.greater(a, b)),
  ),
  elementwise(
    'SquaredDifference',
    (a, b) => tf.mul(tf.sub(a, b), 2),
    (a, b) => tf.mul(tf.sub(b, a), 2),
  ),
];
