export type * from './activation-batch.js';
export type * from './data.js';
export type * from './engine.js';
export type * from './metric.js';
export type * from './model.js';
export type * from './network.js';
export type * from './symmetry.js';
