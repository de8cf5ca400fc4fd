import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { normal, uniform } from '@basinlab/tensor/random';
import type { Key } from '@basinlab/tensor/random';
import type { Initializer, StateSpec, Tensors } from '../contracts/index.js';

/** Draws a float32 tensor of `shape`; equal keys give equal values on every engine, because the numbers are made on the host. */
export function initialize(init: Initializer, shape: readonly number[], key: Key): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const dims = [...shape];
  switch (init.kind) {
    case 'zeros':
      return tf.zeros(dims);
    case 'ones':
      return tf.ones(dims);
    case 'normal':
      return tf.tensor(normal(key, size, { deviation: init.deviation }), dims);
    case 'uniform':
      return tf.tensor(uniform(key, size, { min: -init.bound, max: init.bound }), dims);
    default:
      return init satisfies never;
  }
}

/** Added to every variance, as the reference does. */
const floor = 1e-12;

/**
 * First value of a state entry. `initialVariance` is the variance of each output unit at initialisation for inputs of unit variance:
 * the sum of squared fixed weights plus the share of trainable ones, and 1 for a layer without a mask (dense noise does not count).
 */
export function initializeState(spec: StateSpec, constants: Tensors): Tensor {
  if (typeof spec.init === 'number') return tf.fill([...spec.shape], spec.init);
  const scale = constants[`${spec.init.weight}.scale`];
  if (scale === undefined) return tf.fill([...spec.shape], 1 + floor);
  const shift = constants[`${spec.init.weight}.shift`];
  const axes = scale.shape.map((_, axis) => axis).slice(1);
  const trainable = tf.mean(scale, axes);
  const fixed = shift === undefined ? tf.zerosLike(trainable) : tf.sum(tf.square(tf.mul(shift, tf.sub(1, scale))), axes);
  return tf.add(tf.add(fixed, trainable), floor);
}
