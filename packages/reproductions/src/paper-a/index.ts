import type { Reproduction } from '@basinlab/core';
import { coherenceLayers } from './coherence-layers.js';
import { functionClassDistance } from './function-class-distance.js';
import { identifiabilityPhase } from './identifiability-phase.js';
import { lmcSubspaceDimension } from './lmc-subspace-dimension.js';
import { matchingObjective } from './matching-objective.js';
import { mnistMlpLmc } from './mnist-mlp-lmc.js';
import { predictLmc } from './predict-lmc.js';
import { cifar10ResnetLmc, fashionMnistResnetLmc } from './resnet-lmc.js';
import { swapCostsMnist } from './swap-costs-mnist.js';
import { swapCostsSubspace } from './swap-costs-subspace.js';
import { syntheticCoherenceFigure } from './synthetic-coherence.js';
import { trainingSimilarity } from './training-similarity.js';

/** The figures of paper A, and two that it leaves open. */
export const paperA: readonly Reproduction[] = [
  mnistMlpLmc,
  cifar10ResnetLmc,
  fashionMnistResnetLmc,
  matchingObjective,
  swapCostsSubspace,
  lmcSubspaceDimension,
  swapCostsMnist,
  coherenceLayers,
  syntheticCoherenceFigure,
  functionClassDistance,
  trainingSimilarity,
  identifiabilityPhase,
  predictLmc,
];
