import type { Measurement } from '@basinlab/core';
import { accuracyMeasurement } from './accuracy.measurement.js';
import { ckaMeasurement } from './cka/measurement.js';
import { crossEntropyMeasurement } from './cross-entropy.measurement.js';
import { distanceMeasurement } from './distance.measurement.js';
import { functionClassDistance } from './hausdorff/measurement.js';
import { functionalSimilarityMeasurement } from './functional-similarity.measurement.js';
import { hessian } from './hessian/measurement.js';
import { linearModeConnectivityMeasurement } from './linear-mode-connectivity.measurement.js';
import { lossPlane } from './loss-plane.measurement.js';
import { neuronGaps } from './neuron-gaps/measurement.js';
import { tangentKernelChange } from './ntk/change.measurement.js';
import { linearization } from './ntk/linearization.measurement.js';
import { tangentKernel } from './ntk/measurement.js';
import { realizationCost } from './realization-cost/measurement.js';
import { ridgeRealization } from './ridge-realization/measurement.js';
import { simplexConnectivity } from './simplex.measurement.js';
import { subspaceCoherence } from './subspace-coherence/measurement.js';
import { swapCost } from './swap-cost/measurement.js';
import { updateCosine } from './update-cosine-similarity.measurement.js';

/** Every measurement of this package, for registries. */
export const builtinMeasurements: readonly Measurement[] = [
  accuracyMeasurement,
  ckaMeasurement,
  crossEntropyMeasurement,
  distanceMeasurement,
  functionClassDistance,
  functionalSimilarityMeasurement,
  hessian,
  linearModeConnectivityMeasurement,
  linearization,
  lossPlane,
  neuronGaps,
  realizationCost,
  ridgeRealization,
  simplexConnectivity,
  subspaceCoherence,
  swapCost,
  tangentKernel,
  tangentKernelChange,
  updateCosine,
];

export {
  accuracyMeasurement,
  ckaMeasurement,
  crossEntropyMeasurement,
  distanceMeasurement,
  functionClassDistance,
  functionalSimilarityMeasurement,
  hessian,
  linearModeConnectivityMeasurement,
  linearization,
  lossPlane,
  neuronGaps,
  realizationCost,
  ridgeRealization,
  simplexConnectivity,
  subspaceCoherence,
  swapCost,
  tangentKernel,
  tangentKernelChange,
  updateCosine,
};
