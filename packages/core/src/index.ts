import './tensor/gradients.generated.js';

export type * from './contracts/index.js';
export { BasinlabError, demand } from './errors.js';
export * from './random/index.js';
export * from './tensor/index.js';
export { activate, buildNetwork, initialize, initializeState, parseOptions } from './network/index.js';
export type { NetworkDefinition } from './network/index.js';
export * from './tree.js';
export * from './transforms/index.js';
