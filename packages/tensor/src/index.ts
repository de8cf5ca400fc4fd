export { activate } from './ops/activation.js';
export type * from './contracts/index.js';
export { BasinlabError, demand } from './errors.js';
export { evenly } from './evenly.js';
export * from './ops/index.js';
export * from './random/index.js';
export * from './symmetry/index.js';
export * from './transforms/index.js';
export * from './tree.js';
