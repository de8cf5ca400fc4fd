import '@basinlab/tensor/gradients';

export * from '@basinlab/tensor';
export type * from './contracts/index.js';
export {
  buildNetwork,
  createActivationRecorder,
  disposeActivations,
  initialize,
  initializeState,
  parseOptions,
  recordActivations,
} from './network/index.js';
export type { ActivationRecorder, NetworkDefinition, RecordedExamples, RecorderOptions } from './network/index.js';
