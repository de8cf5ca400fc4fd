import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { ParamSpec, GroupAxis, Tensors } from '@basinlab/core';

export interface LinearPlace {
  /** Dotted path, for example `layers.0.linear`. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly inputAxis: GroupAxis | null;
  readonly outputAxis: GroupAxis | null;
}

/** `weight` [outputs, inputs] and `bias` [outputs], both U(-1, 1) / sqrt(inputs). */
export function linearParams({ name, inputs, outputs, inputAxis, outputAxis }: LinearPlace): ParamSpec[] {
  const init = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
  return [
    { name: `${name}.weight`, shape: [outputs, inputs], init, role: 'weight', axes: [outputAxis, inputAxis], fanIn: inputs },
    { name: `${name}.bias`, shape: [outputs], init, role: 'bias', axes: [outputAxis] },
  ];
}

/** `x` [batch, inputs] -> x W^T + b [batch, outputs]. */
export function applyLinear(name: string, params: Tensors, x: Tensor): Tensor {
  return tf.add(tf.matMul(x as Tensor2D, params[`${name}.weight`] as Tensor2D, false, true), params[`${name}.bias`]!);
}
