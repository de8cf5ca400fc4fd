export {
  createActivationMatcher,
  matchActivations,
  matchActivationsAtSites,
  type ActivationMatcher,
  type ActivationMatching,
  type ActivationMatchingOptions,
  type MatchingAtSitesOptions,
} from './match-activations.js';
export { createModelMatcher, type ModelMatcher, type ModelMatcherOptions } from './model-matcher.js';
export { matchingObjective, matchingObjectives, objectivesUnder, type MatchingObjectives, type RandomObjectives } from './objectives.js';
export { emptyPairMoments, mergePairMoments, pairMoments, type PairMoments } from '@basinlab/core/statistics';
export { similarities, similarityMatrix, type Similarity } from './similarity.js';
export { activationMatching, type ActivationMatchingStrategyOptions } from './strategy.js';
