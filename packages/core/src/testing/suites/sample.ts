import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { childKey, keyFromSeed, normal } from '@basinlab/tensor/random';
import type { Key } from '@basinlab/tensor/random';
import { z } from 'zod';
import type { SymmetryBreaking, Tensors } from '../../contracts/index.js';

const root = keyFromSeed(20);

/** The key of a named draw in the suites. */
export const sampleKey = (name: string): Key => childKey(root, name);

/** N(0, 1) numbers, the same for the same name. */
export function sampleNormal(name: string, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(normal(sampleKey(name), size), [...shape]);
}

/**
 * Adds |N(0, 0.1^2)| to every entry. Fresh biases, norms and running statistics are equal in all units: whether they move with their unit would not
 * show. Positive, so that variances stay so.
 */
export function perturbed(tensors: Tensors): Tensors {
  const entries = Object.entries(tensors).map(([name, x]) => [name, tf.add(x, tf.mul(0.1, tf.abs(sampleNormal(name, x.shape))))] as const);
  return Object.fromEntries(entries);
}

/** An ordinary network's breaking: none. */
export const unbroken: SymmetryBreaking = {
  id: 'standard',
  summary: 'every weight is trained',
  options: z.strictObject({}),
  constants: () => null,
};
