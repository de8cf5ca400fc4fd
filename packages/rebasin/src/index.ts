export * from './lap/index.js';
export * from './transform/index.js';
