export * from './barriers/index.js';
export * from './components/index.js';
export * from './curves/index.js';
export * from './linear-algebra/index.js';
export * from './learned/index.js';
