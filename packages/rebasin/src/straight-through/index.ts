export { matchStraightThrough, type LossMatching, type StraightThroughOptions } from './match-straight-through.js';
export { straightThrough, type StraightThroughStrategyOptions } from './strategy.js';
