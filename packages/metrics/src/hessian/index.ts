export { hessianEigenvalues, type EigenvalueOptions, type ExtremeEigenvalues } from './eigenvalues.js';
export { hessianOf, hessianOfLoss, type Hessian, type LossHessianOptions } from './hessian.js';
export { hessianTrace, type TraceEstimate } from './trace.js';
