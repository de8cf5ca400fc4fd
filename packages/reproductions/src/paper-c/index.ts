import type { Reproduction } from '@basinlab/core';
import { papers } from '../shared/papers.js';
import { planned } from '../shared/planned.js';
import { interpolationSampling } from './interpolation-sampling.js';
import { matchingInitialisation } from './matching-initialisation.js';
import { matchingIterations } from './matching-iterations.js';
import { multiModel } from './multi-model.js';
import { residualRotation } from './residual-rotation.js';
import { softPermutations } from './soft-permutations.js';
import { transformerBarriers } from './transformer-barriers.js';
import { transformerIdentifiability } from './transformer-identifiability.js';
import { transformerPaths } from './transformer-paths.js';

const paper = papers.C;

/** The figures of paper C. */
export const paperC: readonly Reproduction[] = [
  transformerBarriers,
  transformerPaths,
  planned({
    paper,
    id: 'width-heterogeneous',
    title: 'Transformers of different widths',
    where: 'figure 3c',
    summary: 'merging transformers of different widths',
    cost: 'hours on a GPU',
  }),
  multiModel,
  residualRotation,
  interpolationSampling,
  matchingIterations,
  matchingInitialisation,
  softPermutations,
  transformerIdentifiability,
];
