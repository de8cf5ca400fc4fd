import type { Network, Variables } from '@basinlab/core';
import { interpolate } from '@basinlab/metrics/interpolation';
import * as tf from '@tensorflow/tfjs-core';
import { extent } from './spirals.js';

/** Cells per side of the picture of a decision. */
export const cells = 72;

/** Centres of the cells, row by row from the top left, [cells * cells, 2]. The caller disposes it. */
export function gridInputs(): tf.Tensor2D {
  const place = (i: number): number => extent * ((2 * i + 1) / cells - 1);
  const centres = Array.from({ length: cells * cells }, (_, at) => [place(at % cells), -place(Math.floor(at / cells))]);
  return tf.tensor2d(centres, [cells * cells, 2]);
}

/** Probabilities of the classes in every cell, [cells * cells, classes] row by row, of the network (1 - lambda) a + lambda b. */
export async function decisionsOn(
  network: Network,
  a: Variables,
  b: Variables,
  lambda: number,
  inputs: tf.Tensor2D,
): Promise<Float32Array> {
  const probabilities = tf.tidy(() => tf.softmax(network.apply(interpolate(a, b, tf.scalar(lambda)), inputs).logits));
  const values = (await probabilities.data()) as Float32Array;
  probabilities.dispose();
  return values;
}
