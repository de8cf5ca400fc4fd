import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { GroupAxis, ParamSpec, Tensors } from '@basinlab/core';

/** Gain (`weight`) and offset (`bias`), both [width]. */
export function layerNormParams(name: string, width: number, axis: GroupAxis): ParamSpec[] {
  const shared = { shape: [width], role: 'norm', axes: [axis] } as const;
  return [
    { ...shared, name: `${name}.weight`, init: { kind: 'ones' } },
    { ...shared, name: `${name}.bias`, init: { kind: 'zeros' } },
  ];
}

/** LayerNorm over the last axis of `x` [..., width]. Ba et al. 2016, arXiv 1607.06450. */
export function applyLayerNorm(name: string, params: Tensors, x: Tensor, epsilon: number): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const normal = tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)));
  return tf.add(tf.mul(normal, params[`${name}.weight`]!), params[`${name}.bias`]!);
}
