export { solveAssignment, type Assignment, type AssignmentOptions } from './lap/index.js';
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
