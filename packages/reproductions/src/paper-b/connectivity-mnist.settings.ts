import type { Scale } from '@basinlab/core';
import { z } from 'zod';
import { modelSchema, paperShape } from '../shared/mlp-populations.js';

const count = z.number().int().positive();
export const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  model: modelSchema,
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
export type Settings = z.output<typeof settings>;

/** The settings of a scale. */
export function settingsAt(scale: Scale): Settings {
  const paper: Settings = {
    ...{ seed: 1, model: paperShape, strengths: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2] },
    learned: { epochs: 30, learningRate: 1e-3 },
    plane: { strength: 1, columns: 33, rows: 25 },
    measure: { points: 21, gradientPoints: 9, intervals: 16, restarts: 10 },
  };
  if (scale === 'paper') return paper;
  const plane = { strength: 1, columns: 21, rows: 15 };
  return scale === 'small'
    ? {
        ...{ seed: 1, model: { ...paperShape, width: 256 }, strengths: [0.02, 0.1, 0.3, 1], plane },
        learned: { epochs: 3, learningRate: 3e-3 },
        measure: { points: 11, gradientPoints: 5, intervals: 8, restarts: 2 },
      }
    : {
        ...{ seed: 1, model: { width: 32, depth: 2 }, strengths: [0.1, 1], plane: { ...plane, columns: 5, rows: 5 } },
        learned: { epochs: 1, learningRate: 3e-3 },
        measure: { points: 5, gradientPoints: 3, intervals: 4, restarts: 1 },
      };
}
