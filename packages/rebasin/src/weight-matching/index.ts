export type { AssignmentStep } from './descend.js';
export { matchWeights, type WeightMatching, type WeightMatchingOptions } from './match-weights.js';
export { weightMatching, type WeightMatchingStrategyOptions } from './strategy.js';
