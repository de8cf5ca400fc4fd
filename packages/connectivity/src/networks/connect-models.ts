import { demand } from '@basinlab/core';
import type { Key, Network, SymmetryTransform, Variables } from '@basinlab/core';
import type { NetworkInputs } from '@basinlab/core/training';
import { applyTransform, applyTransformToArrays, balanceUnits, matchScaling, matchWeights } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { pointDistance, scalingCurve, scalingExponents } from '../curves/index.js';
import type { Curve, Point, Scaling } from '../curves/index.js';
import { modelAt, pointOf } from './points.js';
import { demandScalingSymmetry } from './scaling-symmetry.js';

/** Data that both networks are compared on, and how long a matching is looked for. */
export interface ConnectModelsOptions {
  /** Draws the visiting orders of weight matching. */
  readonly key: Key;
  /** A few rows on which the symmetry of the network is checked. */
  readonly probe: NetworkInputs;
  /** Descents of weight matching. Default 3. */
  readonly restarts?: number;
  /** Passes of rescaling over all groups. Default 30. */
  readonly sweeps?: number;
  readonly signal?: AbortSignal;
}

/** How near the symmetries of a network bring one model to another. */
export interface ModelConnection {
  /** The permutation P of hidden units. */
  readonly transform: SymmetryTransform;
  /** The positive scaling g. */
  readonly scaling: Scaling;
  /** P b, and g P b: both compute what b does. Parameters and state are fresh; the caller disposes them. */
  readonly permuted: Variables;
  readonly scaled: Variables;
  /** From P b to g P b; the function stays what it is. */
  readonly curve: Curve;
  /** Euclidean distances of the parameters from those of a. */
  readonly distances: { readonly before: number; readonly permuted: number; readonly scaled: number };
  /** Groups that are not rescaled; see `matchScaling`. */
  readonly left: readonly string[];
}

/**
 * Brings model `b` to `a` by the symmetries of networks with positively homogeneous activations: a permutation of hidden units by weight matching,
 * then a positive scaling of each unit. Weight matching compares the models in balanced form (the scaling of least norm), because it would not
 * recognise rescaled units otherwise. Where both models lie on one orbit, the distance afterwards is 0 up to rounding.
 * @throws BasinlabError where rescaling changes the function of the network, or where the two have other constants
 */
export async function connectModels(
  network: Network,
  a: Variables,
  b: Variables,
  { key, probe, restarts = 3, sweeps = 30, signal }: ConnectModelsOptions,
): Promise<ModelConnection> {
  demand(
    Object.keys(b.constants).length === 0 || Object.entries(b.constants).every(([name, tensor]) => a.constants[name] === tensor),
    'connectModels',
    'two models that share their constants',
    'others',
    'Take network.standard and network.toStandard(variables) of both.',
  );
  await demandScalingSymmetry(network, b, probe);
  const specs = network.params;
  const [pointA, pointB] = await Promise.all([pointOf(a.params), pointOf(b.params)]);
  const balancedA = modelAt(balanceUnits(specs, pointA, sweeps), a);
  const balancedB = modelAt(balanceUnits(specs, pointB, sweeps), b);
  const matching = { specs, key, restarts, ...(signal && { signal }) };
  const { transform } = await matchWeights(balancedA.params, balancedB.params, matching);
  tf.dispose([balancedA.params, balancedB.params]);
  const permuted = applyTransformToArrays(specs, pointB, transform);
  const { scaling, scaled, left } = matchScaling(specs, pointA, permuted, { sweeps });
  const moved = (point: Point): Variables => ({ ...modelAt(point, b), state: applyTransform(network.state, b.state, transform) });
  return {
    transform,
    scaling,
    permuted: moved(permuted),
    scaled: moved(scaled),
    curve: scalingCurve(permuted, scalingExponents(specs, scaling)),
    distances: {
      before: pointDistance(pointA, pointB),
      permuted: pointDistance(pointA, permuted),
      scaled: pointDistance(pointA, scaled),
    },
    left,
  };
}
