export { activate } from './activation.js';
export { buildNetwork } from './build-network.js';
export type { NetworkDefinition } from './build-network.js';
export { initialize, initializeState } from './initialize.js';
export { parseOptions } from './parse-options.js';
export { disposeActivations, recordActivations } from './record-activations.js';
