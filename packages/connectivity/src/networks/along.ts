import { demand, evenly } from '@basinlab/core';
import { straightLine } from '../curves/index.js';
import type { Curve } from '../curves/index.js';
import type { Landscape } from './landscape.js';

/** Loss and accuracy along a curve; entry i belongs to times[i]. */
export interface LossAlong {
  readonly times: readonly number[];
  readonly loss: readonly number[];
  /** In [0, 1], as of `Evaluation`. */
  readonly accuracy: readonly number[];
}

/** The loss at the given times of a curve, one model on the device at a time. */
export async function lossAlong(landscape: Landscape, curve: Curve, times: readonly number[]): Promise<LossAlong> {
  const found = [];
  for (const time of times) found.push(await landscape.evaluate(curve.at(time)));
  return { times, loss: found.map(({ loss }) => loss), accuracy: found.map(({ accuracy }) => accuracy) };
}

/** Where the Lipschitz constant of a loss is estimated. */
export interface LipschitzOptions {
  /** Times at which chord and curve are compared, ends included. Default 5. */
  readonly points?: number;
  /** Where between them, from the chord (0) to the curve (1). Default [0, 0.5, 1]. */
  readonly between?: readonly number[];
}

/**
 * Estimates C_L of theorem 6.2 (arXiv 2505.23681), the Lipschitz constant of the loss where it matters for the chord of a curve: the largest
 * gradient norm at sampled points between the two. A lower bound of the true constant: an estimate, no proof.
 */
export async function estimateLipschitz(landscape: Landscape, curve: Curve, options: LipschitzOptions = {}): Promise<number> {
  const { points = 5, between = [0, 0.5, 1] } = options;
  demand(points >= 2 && between.length > 0, 'estimateLipschitz', 'at least the two ends', points);
  const chord = straightLine(curve.at(0), curve.at(1));
  let largest = 0;
  for (const time of evenly(points)) {
    const across = straightLine(chord.at(time), curve.at(time));
    // Chord and curve meet at the ends.
    const shares = time === 0 || time === 1 ? [0] : between;
    for (const share of shares) largest = Math.max(largest, await landscape.gradientNorm(across.at(share)));
  }
  return largest;
}
