import type { Measurement } from '@basinlab/core';
import { learnedPaths } from './learned/learned-paths.measurement.js';
import { rescaledPlane } from './learned/rescaled-plane.measurement.js';
import { rescaledChord } from './networks/rescaled-chord.measurement.js';
import { symmetricPaths } from './networks/symmetric-paths.measurement.js';

/** Every measurement of this package, for registries. */
export const builtinMeasurements: readonly Measurement[] = [learnedPaths, rescaledChord, rescaledPlane, symmetricPaths];

export { learnedPaths, rescaledChord, rescaledPlane, symmetricPaths };
