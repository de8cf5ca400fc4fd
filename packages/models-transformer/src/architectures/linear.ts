import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { AxisSymmetry, ParamSpec, Tensors } from '@basinlab/core';

export interface LinearPlace {
  /** Dotted path, for example `blocks.0.mlp.in`. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly inputAxis: AxisSymmetry | null;
  readonly outputAxis: AxisSymmetry | null;
  /** Standard deviation of the initial weights. */
  readonly deviation: number;
}

/** `weight` [outputs, inputs], normal, and `bias` [outputs], zeros. */
export function linearParams({ name, inputs, outputs, inputAxis, outputAxis, deviation }: LinearPlace): ParamSpec[] {
  const init = { kind: 'normal', deviation } as const;
  return [
    { name: `${name}.weight`, shape: [outputs, inputs], init, role: 'weight', axes: [outputAxis, inputAxis], fanIn: inputs },
    { name: `${name}.bias`, shape: [outputs], init: { kind: 'zeros' }, role: 'bias', axes: [outputAxis] },
  ];
}

/** `x` [batch, positions, inputs] -> x W^T + b [batch, positions, outputs]. */
export function applyLinear(name: string, params: Tensors, x: Tensor): Tensor {
  return tf.add(timesTransposed(x, params[`${name}.weight`]!), params[`${name}.bias`]!);
}

/** `x` [batch, positions, inputs] and `weight` [outputs, inputs] -> [batch, positions, outputs], as one product of matrices. */
export function timesTransposed(x: Tensor, weight: Tensor): Tensor {
  const [batch = 0, positions = 0, inputs = 0] = x.shape;
  const product = tf.matMul(tf.reshape(x, [batch * positions, inputs]) as Tensor2D, weight as Tensor2D, false, true);
  return tf.reshape(product, [batch, positions, weight.shape[0]!]);
}
