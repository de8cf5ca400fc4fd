export { accuracy, type AccuracyState } from './accuracy.js';
export { accuracyBarrier, barriersOf, evenly, lossBarrier, midpointLossBarrier, peakLossBarrier, type BarrierValue } from './barrier.js';
export { createLinearCka, kernelCka, linearCka, type KernelCkaOptions, type LinearCkaOptions, type LinearCkaState } from './cka/index.js';
export { crossEntropy, type CrossEntropyState } from './cross-entropy.js';
export { effectiveParameters, l2Distance, modelDistance, type ModelDistance } from './distance.js';
export { functionalSimilarity, measureFunctionalSimilarity, type Agreement, type AgreementState } from './functional-similarity.js';
export {
  hessianEigenvalues,
  hessianOf,
  hessianOfLoss,
  hessianTrace,
  type EigenvalueOptions,
  type ExtremeEigenvalues,
  type Hessian,
  type LossHessianOptions,
  type TraceEstimate,
} from './hessian/index.js';
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
export {
  createKernelEvaluator,
  kernelChange,
  kernelStatistics,
  linearizationAgreement,
  neuralTangentKernel,
  type KernelChange,
  type KernelEvaluator,
  type KernelOptions,
  type KernelStatistics,
  type LinearizationAgreement,
  type NeuralTangentKernel,
} from './ntk/index.js';
export { cosineOfUpdates, updateCosineSimilarity, type UpdateCosine, type UpdateCosineOptions } from './update-cosine-similarity.js';
export { planeGrid, planeThrough, type LossPlane, type PlaneGrid, type PlanePoint } from './loss-plane.js';
export { createMixtureEvaluator, mixture, type MixtureEvaluator, type MixtureOptions, type PointLosses } from './mixture.js';
export { simplexBarrier, simplexGrid, simplexMidpoint, type Barycentric } from './simplex.js';
