// Before the gradients: whichever comes first makes the global engine, and only tfjs-core's own tensors have methods such as `cast`.
import '@tensorflow/tfjs-core';
import './tensor/gradients.generated.js';
import './tensor/gradients/index.js';

export type * from './contracts/index.js';
export { BasinlabError, demand } from './errors.js';
export { evenly } from './evenly.js';
export * from './random/index.js';
export * from './symmetry/index.js';
export * from './tensor/index.js';
export {
  activate,
  buildNetwork,
  createActivationRecorder,
  disposeActivations,
  initialize,
  initializeState,
  parseOptions,
  recordActivations,
} from './network/index.js';
export type { ActivationRecorder, NetworkDefinition, RecordedExamples, RecorderOptions } from './network/index.js';
export * from './tree.js';
export * from './transforms/index.js';
