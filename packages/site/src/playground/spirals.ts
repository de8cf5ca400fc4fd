import type { Split } from '@basinlab/core';
import { childKey, normal, uniform, type Key } from '@basinlab/core/random';
import * as tf from '@tensorflow/tfjs-core';

/** Classes, one per arm. */
export const arms = 3;
/** Everything lies within [-extent, extent] in both coordinates, but for rare noise. */
export const extent = 1.9;

const radius = 1.5;
const turns = 0.6;
const noise = 0.08;

/** Points of the plane and their classes, on the host: coordinates [samples, 2] row by row, labels [samples]. */
export interface Points {
  readonly coordinates: Float32Array;
  readonly labels: Int32Array;
}

/**
 * Three arms of a spiral around the origin, with Gaussian noise: equal keys give equal points. Class of point i: i modulo 3. At distance t of the
 * centre (a share of the radius, from 0.15 to 1, its square uniform) an arm has turned by 0.6 t of a circle.
 */
export function spirals(key: Key, samples: number): Points {
  const places = uniform(childKey(key, 'places'), samples);
  const coordinates = normal(childKey(key, 'noise'), 2 * samples, { deviation: noise });
  const labels = Int32Array.from({ length: samples }, (_, i) => i % arms);
  for (let i = 0; i < samples; i++) {
    const share = 0.15 + 0.85 * Math.sqrt(places[i]!);
    const angle = 2 * Math.PI * (labels[i]! / arms + turns * share);
    coordinates[2 * i]! += radius * share * Math.cos(angle);
    coordinates[2 * i + 1]! += radius * share * Math.sin(angle);
  }
  return { coordinates, labels };
}

/** Points as a split of tensors, which the caller disposes. */
export function splitOf({ coordinates, labels }: Points): Split {
  return { inputs: tf.tensor2d(coordinates, [labels.length, 2]), labels: tf.tensor1d(labels, 'int32') };
}
