export { accuracy, type AccuracyState } from './accuracy.js';
export { accuracyBarrier, evenly, lossBarrier, midpointLossBarrier, peakLossBarrier } from './barrier.js';
export { crossEntropy, type CrossEntropyState } from './cross-entropy.js';
export { effectiveParameters, l2Distance, modelDistance, type ModelDistance } from './distance.js';
export { average, interpolate } from './interpolation.js';
export {
  createConnectivityEvaluator,
  linearModeConnectivity,
  type Connectivity,
  type ConnectivityEvaluator,
  type ConnectivityOptions,
  type SplitConnectivity,
  type SplitPath,
} from './linear-mode-connectivity.js';
export { isLinear, LINEARITY_THRESHOLD } from './linearity.js';
