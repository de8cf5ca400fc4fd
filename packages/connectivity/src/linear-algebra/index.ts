export { conditionNumber, demandInvertible, determinantSign } from './checks.js';
export { exponential } from './exponential.js';
export { exponentialFactors } from './exponential-factors.js';
export type { ExponentialFactors } from './exponential-factors.js';
export { frobenius, relativeDistance } from './norms.js';
export { randomMatrix } from './random.js';
export { realLogarithm } from './real-logarithm.js';
export type { RealLogarithm } from './real-logarithm.js';
