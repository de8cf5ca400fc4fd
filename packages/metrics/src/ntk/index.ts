export {
  createKernelEvaluator,
  neuralTangentKernel,
  type KernelEvaluator,
  type KernelOptions,
  type NeuralTangentKernel,
} from './kernel.js';
export { linearizationAgreement, type LinearizationAgreement } from './linearization.js';
export { kernelChange, kernelStatistics, type KernelChange, type KernelStatistics } from './statistics.js';
