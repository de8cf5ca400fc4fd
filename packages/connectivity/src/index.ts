export * from './linear-algebra/index.js';
