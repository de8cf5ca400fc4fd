export {
  matchSinkhorn,
  type SinkhornDescent,
  type SinkhornMatching,
  type SinkhornObjective,
  type SinkhornOptions,
} from './match-sinkhorn.js';
export { applySoftTransform, type KnownPermutation, type SoftTransform } from './soft-transform.js';
export { sinkhorn } from './sinkhorn.js';
export { sinkhornRebasin, type SinkhornStrategyOptions } from './strategy.js';
