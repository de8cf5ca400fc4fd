import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { GroupAxis, ParamSpec, Tensors } from '@basinlab/core';

/** `layer` subtracts the mean and divides by the deviation, `rms` divides by the root of the mean square. */
export const norms = ['layer', 'rms'] as const;

/** A norm of the residual stream. */
export interface NormPlace {
  /** Dotted path, for example `blocks.0.mlpNorm`. */
  readonly name: string;
  readonly kind: (typeof norms)[number];
  /** Added to the variance, or to the mean square. */
  readonly epsilon: number;
}

/** Gain (`weight`) and offset (`bias`), both [width]. */
export function normParams(name: string, width: number, axis: GroupAxis): ParamSpec[] {
  const shared = { shape: [width], role: 'norm' } as const;
  return [
    { ...shared, name: `${name}.weight`, axes: [axis.kind === undefined ? axis : { ...axis, as: 'gains' }], init: { kind: 'ones' } },
    { ...shared, name: `${name}.bias`, axes: [axis], init: { kind: 'zeros' } },
  ];
}

/** `x` [..., width] normalised over its last axis, with gain and offset. Ba et al. 2016 (arXiv 1607.06450), Zhang and Sennrich 2019 (arXiv 1910.07467). */
export function applyNorm({ name, kind, epsilon }: NormPlace, params: Tensors, x: Tensor): Tensor {
  const centred = kind === 'layer' ? tf.sub(x, tf.mean(x, -1, true)) : x;
  const gained = tf.mul(divideByRms(centred, epsilon), params[`${name}.weight`]!);
  return tf.add(gained, params[`${name}.bias`]!);
}

/** `x` [..., width] / sqrt(mean of x^2 + epsilon). */
export const divideByRms = (x: Tensor, epsilon: number): Tensor => tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)));
