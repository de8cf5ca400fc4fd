import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ParamSpec, GroupAxis, Tensors } from '@basinlab/core';

export interface ConvPlace {
  /** Dotted path, for example `stem.conv`. */
  readonly name: string;
  /** Channels. */
  readonly inputs: number;
  readonly outputs: number;
  /** Rows and columns of the filters; odd. */
  readonly kernel: number;
  readonly stride: number;
  readonly inputAxis: GroupAxis | null;
  readonly outputAxis: GroupAxis | null;
}

/** `weight` [outputs, inputs, kernel, kernel], U(-1, 1) / sqrt(inputs kernel^2); no bias, since a norm follows. */
export function convParams({ name, inputs, outputs, kernel, inputAxis, outputAxis }: ConvPlace): ParamSpec[] {
  const fanIn = inputs * kernel ** 2;
  return [
    {
      name: `${name}.weight`,
      shape: [outputs, inputs, kernel, kernel],
      init: { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) },
      role: 'weight',
      axes: [outputAxis, inputAxis, null, null],
      fanIn,
    },
  ];
}

/**
 * `x` [batch, height, width, inputs] -> cross-correlation [batch, ceil(height / stride), ceil(width / stride), outputs]. Zeros pad every side
 * by (kernel - 1) / 2 also where the stride is 2, as in PyTorch; TensorFlow's `same` would pad one side only there.
 */
export function applyConv({ name, kernel, stride }: ConvPlace, params: Tensors, x: Tensor): Tensor {
  const filter = tf.transpose(params[`${name}.weight`]!, [2, 3, 1, 0]);
  return tf.conv2d(x as Tensor4D, filter as Tensor4D, stride, (kernel - 1) / 2);
}
