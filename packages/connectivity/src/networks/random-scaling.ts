import { groupPlaces } from '@basinlab/core';
import type { Key, Network, Variables } from '@basinlab/core';
import { childKey, normal } from '@basinlab/core/random';
import { scalingCurve, scalingExponents, type Curve, type Scaling } from '../curves/index.js';
import { pointOf } from './points.js';

/** A positive factor for every hidden unit, log-normal with that deviation of the logarithms. One key gives one direction, whatever the deviation. */
export function randomScaling({ params }: Pick<Network, 'params'>, key: Key, deviation: number): Scaling {
  const sizes = new Map([...groupPlaces(params)].map(({ group, size }) => [group, size]));
  return Object.fromEntries(
    [...sizes].map(([group, size]) => [
      group,
      Float64Array.from(normal(childKey(key, `rescaling.${group}`), size), (value) => Math.exp(deviation * value)),
    ]),
  );
}

/** The symmetry-induced curve from a model to itself with hidden units rescaled by {@link randomScaling}. */
export const randomScalingCurve = async (network: Network, { params }: Variables, key: Key, deviation: number): Promise<Curve> =>
  scalingCurve(await pointOf(params), scalingExponents(network.params, randomScaling(network, key, deviation)));
