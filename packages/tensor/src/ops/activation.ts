import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Activation } from '../contracts/index.js';
import { gelu, geluTanh } from './gelu.js';

/** The element-wise function that a name stands for. */
export function activate(name: Activation, x: Tensor): Tensor {
  switch (name) {
    case 'relu':
      return tf.relu(x);
    case 'gelu':
      return gelu(x);
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'gelu-tanh':
      return geluTanh(x);
    case 'identity':
      return x;
    default:
      return name satisfies never;
  }
}
