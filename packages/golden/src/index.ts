import { activationAlignment } from './checks/activation-alignment.js';
import { activationMatchingCheck } from './checks/activation-matching.js';
import { applyPermutation } from './checks/apply-permutation.js';
import { barrierLinearity } from './checks/barrier-linearity.js';
import {
  applyPermutationsCheck,
  circuitMatchingCheck,
  headMatchingCheck,
  interpolationCheck,
  mlpMatchingCheck,
  procrustesCheck,
} from './checks/circuit-matching.js';
import { simplexDirichletCheck, universeMatchingCheck, widthExpansionCheck, widthMatchingCheck } from './checks/circuit-models.js';
import { linearModeConnectivityCheck } from './checks/linear-mode-connectivity.js';
import { convertToStandardCheck } from './checks/convert-to-standard.js';
import { functionalSimilarityCheck } from './checks/functional-similarity.js';
import { geluNewCheck } from './checks/gelu-new.js';
import { gpt2ForwardGradCheck } from './checks/gpt2-forward-grad.js';
import { gpt2RewritesCheck } from './checks/gpt2-rewrites.js';
import {
  cosineWarmupCheck,
  lambdaSamplersCheck,
  learnedForwardCheck,
  learnedTrajectoryCheck,
  projectionCheck,
  sinkhornCheck,
} from './checks/learned-matching.js';
import { learningRateSchedulesCheck } from './checks/learning-rate-schedules.js';
import { masksCheck } from './checks/masks.js';
import { mlpForwardGradCheck } from './checks/mlp-forward-grad.js';
import { ntkCheck } from './checks/ntk.js';
import { optimizerTrajectoryCheck } from './checks/optimizer-trajectory.js';
import { scalarMaskedReluCheck } from './checks/scalar-masked-relu.js';
import { resnetBlockCheck } from './checks/resnet-block.js';
import { resnetForwardGradCheck } from './checks/resnet-forward-grad.js';
import { realizationMahalanobisCheck, realizationNetworkCheck } from './checks/realization-costs.js';
import { realizationRidgeCheck, realizationRidgeTranspositionCheck } from './checks/realization-ridge.js';
import { semiPermutationCheck } from './checks/semi-permutation.js';
import { subspaceCoherenceCheck } from './checks/subspace-coherence.js';
import { subspaceDatasetsCheck } from './checks/subspace-datasets.js';
import { syntheticFamiliesCheck } from './checks/synthetic-families.js';
import { syntheticTrainingBarrierCheck } from './checks/synthetic-training-barrier.js';
import { targetedCoherenceRotationCheck } from './checks/targeted-coherence-rotation.js';
import { trainValidationSplitCheck } from './checks/train-validation-split.js';
import { trainerEvaluateCheck } from './checks/trainer-evaluate.js';
import { updateCosineSimilarityCheck } from './checks/update-cosine-similarity.js';
import { vitMatchingCheck, vitRewriteCheck } from './checks/vit-circuits.js';
import { vitForwardGradCheck } from './checks/vit-forward-grad.js';
import { weightMatchingCheck } from './checks/weight-matching.js';
import type { GoldenCheck } from './contract.js';

export { checkGolden, type CheckGoldenOptions, type FixtureReport, type GoldenReport } from './check-golden.js';
export type { ExpectedTensor, GoldenCheck, GoldenFixture, GoldenTensor, GoldenTolerance } from './contract.js';

/** Every check, in no particular order: add a new one here. */
export const goldenChecks: readonly GoldenCheck[] = [
  activationAlignment,
  activationMatchingCheck,
  applyPermutation,
  barrierLinearity,
  linearModeConnectivityCheck,
  convertToStandardCheck,
  functionalSimilarityCheck,
  geluNewCheck,
  gpt2ForwardGradCheck,
  gpt2RewritesCheck,
  procrustesCheck,
  applyPermutationsCheck,
  headMatchingCheck,
  mlpMatchingCheck,
  circuitMatchingCheck,
  interpolationCheck,
  widthExpansionCheck,
  widthMatchingCheck,
  universeMatchingCheck,
  simplexDirichletCheck,
  learningRateSchedulesCheck,
  cosineWarmupCheck,
  lambdaSamplersCheck,
  projectionCheck,
  sinkhornCheck,
  learnedForwardCheck,
  learnedTrajectoryCheck,
  masksCheck,
  mlpForwardGradCheck,
  ntkCheck,
  optimizerTrajectoryCheck,
  scalarMaskedReluCheck,
  resnetBlockCheck,
  resnetForwardGradCheck,
  realizationMahalanobisCheck,
  realizationNetworkCheck,
  realizationRidgeCheck,
  realizationRidgeTranspositionCheck,
  semiPermutationCheck,
  subspaceCoherenceCheck,
  subspaceDatasetsCheck,
  syntheticFamiliesCheck,
  syntheticTrainingBarrierCheck,
  targetedCoherenceRotationCheck,
  trainValidationSplitCheck,
  trainerEvaluateCheck,
  updateCosineSimilarityCheck,
  vitForwardGradCheck,
  vitRewriteCheck,
  vitMatchingCheck,
  weightMatchingCheck,
];
