export { accuracy, type AccuracyState } from './accuracy.js';
export { builtinMetrics } from './builtin.js';
export { accuracyBarrier, barriersOf, lossBarrier, midpointLossBarrier, peakLossBarrier, type BarrierValue } from './barrier.js';
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
export { barrierInterval, createRowLosses, type BarrierInterval, type RowLosses, type RowLossOptions } from './row-losses.js';
export { createMixtureEvaluator, mixture, type MixtureEvaluator, type MixtureOptions, type PointLosses } from './mixture.js';
export { simplexBarrier, simplexGrid, simplexMidpoint, type Barycentric } from './simplex.js';
export { functionClassDistances, type FunctionClassDistance, type FunctionClassOptions } from './hausdorff/index.js';
export {
  convolutionPatches,
  emptyInputMoments,
  inputMoments,
  inputMomentsSync,
  inputSubspace,
  mergeInputMoments,
  principalSubspace,
  type InputMoments,
  type InputMomentsOptions,
  type PatchOptions,
  type PrincipalSubspace,
  type SubspaceState,
} from './input-subspace/index.js';
export { centerDistances, inputGap, outputGap } from './neuron-gaps/index.js';
export {
  createCostsEvaluator,
  gramMatrices,
  layerRealizationCosts,
  neuronLayer,
  realizationCosts,
  type Basis,
  type CostsEvaluator,
  type LayerCosts,
  type NetworkCostsOptions,
  type NeuronLayer,
  type RealizationCostOptions,
} from './realization-cost/index.js';
export { allPairs, REFERENCE_GAIN, ridgeCosts, type NeuronPair, type RidgeCosts, type RidgeOptions } from './ridge-realization/index.js';
export {
  anisotropy,
  anisotropyBound,
  coherence,
  scaleStatistics,
  subspaceCoherence,
  type AnisotropyBoundOptions,
  type ScaleStatistics,
} from './subspace-coherence/index.js';
export { signedRoot, swapCosts } from './swap-cost/index.js';
