/** Matrices of this package's functions: those of ml-matrix. */
export { Matrix } from 'ml-matrix';
export * from './barriers/index.js';
export * from './components/index.js';
export * from './curves/index.js';
export * from './linear-algebra/index.js';
export * from './learned/index.js';
export * from './networks/index.js';
