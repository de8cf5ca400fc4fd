import type { Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import * as tf from '@tensorflow/tfjs-core';

/** Tensors of the names and shapes of `specs`, with standard normal numbers. */
export const normalTensors = (specs: readonly { readonly name: string; readonly shape: readonly number[] }[], seed: number): Tensors =>
  Object.fromEntries(
    specs.map(({ name, shape }) => [
      name,
      tf.tensor(normal(childKey(keyFromSeed(seed), name), tf.util.sizeFromShape([...shape])), [...shape]),
    ]),
  );
