export { buildNetwork } from './build-network.js';
export type { NetworkDefinition } from './build-network.js';
export { initialize, initializeState } from './initialize.js';
export { parseOptions } from './parse-options.js';
export { createActivationRecorder, disposeActivations, recordActivations } from './record-activations.js';
export type { ActivationRecorder, RecordedExamples, RecorderOptions } from './record-activations.js';
