export { builtinRebasin } from './builtin.js';
export { solveAssignment, type Assignment, type AssignmentOptions } from './lap/index.js';
export {
  inferNetworkSymmetries,
  inferParamSpecs,
  inferSymmetries,
  symmetryDifferences,
  symmetryExcess,
  type InferredSymmetries,
  type InferSymmetriesOptions,
  type NamedFunction,
  type Restriction,
  type Shaped,
} from './infer-symmetries/index.js';
export {
  applyTransform,
  applyTransformToArrays,
  checkTransform,
  composeTransforms,
  groupSizes,
  identityTransform,
  invertTransform,
  permutations,
  type AxisSpec,
  type FloatArray,
} from './transform/index.js';
export {
  matchWeights,
  weightMatching,
  type AssignmentStep,
  type WeightMatching,
  type WeightMatchingOptions,
  type WeightMatchingStrategyOptions,
} from './weight-matching/index.js';
export {
  activationMatching,
  createActivationMatcher,
  emptyPairMoments,
  matchActivations,
  matchingObjective,
  matchingObjectives,
  mergePairMoments,
  objectivesUnder,
  pairMoments,
  similarities,
  similarityMatrix,
  type ActivationMatcher,
  type ActivationMatching,
  type ActivationMatchingOptions,
  type ActivationMatchingStrategyOptions,
  type MatchingObjectives,
  type PairMoments,
  type RandomObjectives,
  type Similarity,
} from './activation-matching/index.js';
export {
  applySoftTransform,
  matchSinkhorn,
  sinkhorn,
  sinkhornRebasin,
  type SinkhornDescent,
  type SinkhornMatching,
  type SinkhornObjective,
  type SinkhornOptions,
  type SinkhornStrategyOptions,
  type SoftTransform,
} from './sinkhorn/index.js';
export {
  matchStraightThrough,
  straightThrough,
  type LossMatching,
  type StraightThroughOptions,
  type StraightThroughStrategyOptions,
} from './straight-through/index.js';
export {
  matchMany,
  meanOf,
  mergeModels,
  transformBetween,
  type ManyMatching,
  type MatchManyOptions,
  type MergedModels,
} from './many/index.js';
export {
  repair,
  repairPlaces,
  statisticsRecorder,
  type RepairOptions,
  type RepairPlace,
  type StatisticsRecorder,
  type UnitStatistics,
} from './repair/index.js';
