import { evenly } from '@basinlab/core';
import { lossBarrier } from '@basinlab/metrics/barrier';
import type { PointLosses } from '@basinlab/metrics/mixture';

/** Points of the line between two networks at which the page knows the loss. */
export const lambdas: readonly number[] = evenly(21);

/** Loss and accuracy of the networks (1 - lambda) A + lambda B on the test points, and the barrier: see `lossBarrier`. */
export interface Curve extends PointLosses {
  readonly barrier: number;
}

/** The curve with its barrier. */
export const curveOf = ({ loss, accuracy }: PointLosses): Curve => ({ loss, accuracy, barrier: lossBarrier(loss, lambdas) });

/** Loss at any place of the line, between the points that are known. */
export function lossAt({ loss }: PointLosses, lambda: number): number {
  const place = Math.min(Math.max(lambda, 0), 1) * (loss.length - 1);
  const from = Math.min(Math.floor(place), loss.length - 2);
  return loss[from]! + (place - from) * (loss[from + 1]! - loss[from]!);
}
