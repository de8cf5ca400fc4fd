import * as tf from '@tensorflow/tfjs-core';
import { activate } from '@basinlab/core';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { hostValues } from './reference-mlp.js';

/** The activation of GPT-2 and its derivative. */
export const geluNewCheck: GoldenCheck = {
  kinds: ['gelu_new'],
  compute: (fixture) =>
    hostValues(() => {
      const values = (x: tf.Tensor): tf.Tensor => activate('gelu-tanh', x);
      const x = toDevice(inputOf(fixture, 'x'));
      return { y: values(x), dy: tf.grad((z: tf.Tensor) => tf.sum(values(z)))(x) };
    }),
};
