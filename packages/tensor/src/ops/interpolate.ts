import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** (1 - t) a + t b: exactly a at t = 0 and b at t = 1. A tensor t lets a compiled program serve every point. */
export const interpolateTensor = (a: Tensor, b: Tensor, t: number | Tensor): Tensor =>
  tf.add(tf.mul(a, typeof t === 'number' ? 1 - t : tf.sub(1, t)), tf.mul(b, t));
