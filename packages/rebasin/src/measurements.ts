import type { Measurement } from '@basinlab/core';
import { diagnosis } from './diagnosis/index.js';
import { folding } from './folding/folding.measurement.js';
import { matchingObjective } from './activation-matching/measurement.js';
import { rotationAnglesMeasurement } from './transform/rotation-angles.measurement.js';

/** Every measurement of this package, for registries. */
export const builtinMeasurements: readonly Measurement[] = [matchingObjective, rotationAnglesMeasurement, diagnosis, folding];

export { diagnosis, folding, matchingObjective, rotationAnglesMeasurement };
