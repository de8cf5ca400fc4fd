import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/core';
import type { ApplyContext, ParamSpec, StateSpec, GroupAxis, Tensors } from '@basinlab/core';

// Normalisation between a linear layer and its activation, for activations [batch, ...positions, units]. `layer` takes the moments of the
// units of one position, `batch` those of one unit over the batch and all positions, `group` those of everything in a sample (GroupNorm
// with one group; the reference calls it ln in its ResNets). `layer-linear` and `batch-linear` stand in for LayerNorm and BatchNorm as
// linear maps: they divide by the standard deviation that the units have at initialisation, frozen from then on.

export const norms = ['layer', 'batch', 'layer-linear', 'batch-linear', 'none'] as const;
/** Norms of feature maps. */
export const imageNorms = ['group', 'batch', 'layer', 'none'] as const;
/** Kinds of normalisation; the ones of images over height and width too. */
export type Norm = (typeof norms)[number] | (typeof imageNorms)[number];

export interface NormPlace {
  /** Dotted path, for example `layers.0.norm`. */
  readonly name: string;
  /** The weight before it, which the linear kinds take their variance from. */
  readonly weight: string;
  readonly units: number;
  readonly axis: GroupAxis;
  readonly kind: Norm;
  readonly affine: boolean;
}

const epsilon = 1e-5;
const momentum = 0.1;
const varianceFloor = 1e-12;

/** Gain (`weight`) and offset (`bias`), both [units]. */
export function normParams({ name, units, axis, kind, affine }: NormPlace): ParamSpec[] {
  if (kind === 'none' || !affine) return [];
  const shared = { shape: [units], role: 'norm', axes: [axis] } as const;
  return [
    { ...shared, name: `${name}.weight`, init: { kind: 'ones' } },
    { ...shared, name: `${name}.bias`, init: { kind: 'zeros' } },
  ];
}

/** Running statistics of BatchNorm, or the frozen variance of the linear kinds; all [units]. */
export function normState({ name, weight, units, axis, kind }: NormPlace): StateSpec[] {
  const shared = { shape: [units], axes: [axis] };
  switch (kind) {
    case 'batch':
      return [
        { ...shared, name: `${name}.runningMean`, init: 0, momentum },
        { ...shared, name: `${name}.runningVariance`, init: 1, momentum },
      ];
    case 'layer-linear':
    case 'batch-linear':
      return [
        {
          ...shared,
          name: `${name}.initialVariance`,
          init: { kind: 'initialVariance', weight, ...(kind === 'layer-linear' && { pooled: true }) },
        },
      ];
    case 'layer':
    case 'group':
    case 'none':
      return [];
    default:
      return kind satisfies never;
  }
}

/** `z` [batch, ...positions, units] -> the same shape, normalised, then gain and offset where the norm has them. */
export function applyNorm(place: NormPlace, params: Tensors, z: Tensor, context: ApplyContext): Tensor {
  if (place.kind === 'none') return z;
  const normal = normalise(place, z, context);
  return place.affine ? tf.add(tf.mul(normal, params[`${place.name}.weight`]!), params[`${place.name}.bias`]!) : normal;
}

function normalise({ name, kind, units }: NormPlace, z: Tensor, context: ApplyContext): Tensor {
  switch (kind) {
    case 'layer':
      return standardise(moments(z, [z.rank - 1]));
    case 'group':
      return standardise(moments(z, axesFrom(1, z.rank)));
    case 'batch': {
      if (!context.training) {
        const runningVariance = context.state[`${name}.runningVariance`]!;
        return tf.mul(tf.sub(z, context.state[`${name}.runningMean`]!), tf.rsqrt(tf.add(runningVariance, epsilon)));
      }
      const found = moments(z, axesFrom(0, z.rank - 1));
      const rows = z.size / units;
      demand(
        rows > 1,
        name,
        'batch norm needs at least 2 rows in every training batch',
        rows,
        'Choose a batch size that leaves no single row.',
      );
      // The biased variance normalises, the unbiased one is remembered, as torch does.
      const unbiased = tf.mul(found.variance, rows / (rows - 1));
      context.observe(`${name}.runningMean`, tf.reshape(found.mean, [units]));
      context.observe(`${name}.runningVariance`, tf.reshape(unbiased, [units]));
      return standardise(found);
    }
    case 'layer-linear': {
      const variance = tf.mul(tf.mean(context.state[`${name}.initialVariance`]!), 1 - 1 / units);
      return tf.mul(tf.sub(z, tf.mean(z, -1, true)), tf.rsqrt(tf.add(variance, varianceFloor)));
    }
    case 'batch-linear':
      return tf.mul(z, tf.rsqrt(tf.add(context.state[`${name}.initialVariance`]!, varianceFloor)));
    case 'none':
      return z;
    default:
      return kind satisfies never;
  }
}

interface Moments {
  readonly mean: Tensor;
  readonly centred: Tensor;
  readonly variance: Tensor;
}

function moments(z: Tensor, axes: number[]): Moments {
  const mean = tf.mean(z, axes, true);
  const centred = tf.sub(z, mean);
  return { mean, centred, variance: tf.mean(tf.square(centred), axes, true) };
}

const standardise = ({ centred, variance }: Moments): Tensor => tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
const axesFrom = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, i) => first + i);
