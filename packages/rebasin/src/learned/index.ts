export { drawLambda, lambdaOf, lambdaSamplers, type LambdaSampler } from './lambda.js';
export {
  latentsOf,
  softRange,
  softStart,
  startLatents,
  type Latent,
  type LatentOptions,
  type LatentStart,
  type Projection,
} from './latents.js';
export {
  matchLearned,
  matchLearnedMany,
  type LearnedDescent,
  type LearnedManyMatching,
  type LearnedMatching,
  type LearnedMatchingOptions,
  type LearnedOutcome,
} from './match-learned.js';
export {
  descendLatents,
  feedsOf,
  latentGradients,
  slacksOf,
  startState,
  type DescentOptions,
  type Feeds,
  type LatentState,
  type LearnedObjective,
  type Merge,
} from './program.js';
export { matricesOf, pullback, variablesOf } from './variables.js';
export { latentPullback, permutationMatrix, polarPullback, projectLatent, type Projected } from './project.js';
export { learnedMatching, type LearnedMatchingSettings, type LearnedStrategy } from './strategy.js';
