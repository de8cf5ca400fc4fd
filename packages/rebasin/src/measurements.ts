import type { Measurement } from '@basinlab/core';
import { matchingObjective } from './activation-matching/measurement.js';

/** Every measurement of this package, for registries. */
export const builtinMeasurements: readonly Measurement[] = [matchingObjective];

export { matchingObjective };
