import type { Scale } from '@basinlab/core';
import { z } from 'zod';
import { populationDefaults, populationSchema } from './populations.js';

const count = z.number().int().positive();

export const configSchema = populationSchema.extend({
  /** Deviation of the fixed weights of W networks. */
  fixedScale: z.number().nonnegative(),
  /** Deviations of the logarithms of the factors that units are rescaled by. */
  strengths: z.array(z.number().positive()).min(1),
  learned: z.strictObject({ epochs: count, learningRate: z.number().positive() }),
  plane: z.strictObject({ strength: z.number().positive(), columns: count.min(2), rows: count.min(2) }),
  measure: z.strictObject({
    /** Points on every path, both ends included. */
    points: count.min(3),
    /** Times at which gradients are taken on and beside a chord. */
    gradientPoints: count.min(2),
    /** Steps in which curvature and length are measured. */
    intervals: count,
    /** Descents of weight matching. */
    restarts: count,
  }),
});

export type ConnectivityMnistConfig = z.output<typeof configSchema>;

/** `paper` has the networks of arXiv 2606.04754 with ReLU: the paper of this reproduction trains none. */
export function defaults(scale: Scale): ConnectivityMnistConfig {
  const shared = {
    ...populationDefaults(scale),
    fixedScale: 1,
    learned: { epochs: 30, learningRate: 1e-3 },
    plane: { strength: 1, columns: 33, rows: 25 },
    measure: { points: 21, gradientPoints: 9, intervals: 16, restarts: 10 },
  };
  switch (scale) {
    case 'paper':
      return { ...shared, strengths: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2] };
    case 'small':
      return {
        ...shared,
        strengths: [0.02, 0.1, 0.3, 1],
        learned: { epochs: 3, learningRate: 3e-3 },
        plane: { ...shared.plane, columns: 21, rows: 15 },
        measure: { points: 11, gradientPoints: 5, intervals: 8, restarts: 2 },
      };
    case 'smoke':
      return {
        ...shared,
        strengths: [0.1, 1],
        learned: { epochs: 1, learningRate: 3e-3 },
        plane: { ...shared.plane, columns: 5, rows: 5 },
        measure: { points: 5, gradientPoints: 3, intervals: 4, restarts: 1 },
      };
    default:
      return scale satisfies never;
  }
}
