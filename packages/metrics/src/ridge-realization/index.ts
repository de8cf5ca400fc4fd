export { allPairs } from './problem.js';
export type { NeuronPair } from './problem.js';
export { REFERENCE_GAIN, ridgeCosts } from './ridge-costs.js';
export type { RidgeCosts, RidgeOptions } from './ridge-costs.js';
