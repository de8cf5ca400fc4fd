import type { Reproduction } from '@basinlab/core';
import { interpolationSampling } from './interpolation-sampling.js';
import { matchingInitialisation } from './matching-initialisation.js';
import { matchingIterations } from './matching-iterations.js';
import { multiModel } from './multi-model.js';
import { residualRotation } from './residual-rotation.js';
import { softPermutations } from './soft-permutations.js';
import { transformerBarriers } from './transformer-barriers.js';
import { transformerIdentifiability } from './transformer-identifiability.js';
import { transformerPaths } from './transformer-paths.js';
import { widthHeterogeneous } from './width-heterogeneous.js';

/** The figures of paper C. */
export const paperC: readonly Reproduction[] = [
  transformerBarriers,
  transformerPaths,
  widthHeterogeneous,
  multiModel,
  residualRotation,
  interpolationSampling,
  matchingIterations,
  matchingInitialisation,
  softPermutations,
  transformerIdentifiability,
];
