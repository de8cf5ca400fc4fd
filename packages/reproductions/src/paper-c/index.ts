import type { Reproduction } from '@basinlab/core';
import { papers } from '../shared/papers.js';
import { planned } from '../shared/planned.js';
import { transformerBarriers } from './transformer-barriers.js';

const paper = papers.C;

/** The figures of paper C. */
export const paperC: readonly Reproduction[] = [
  transformerBarriers,
  planned({
    paper,
    id: 'transformer-paths',
    title: 'Paths between transformers',
    where: 'figures 3a and 3b',
    summary: 'loss along the path for Tiny ImageNet and Tiny Shakespeare',
    cost: 'hours on a GPU',
  }),
  planned({
    paper,
    id: 'width-heterogeneous',
    title: 'Transformers of different widths',
    where: 'figure 3c',
    summary: 'merging transformers of different widths',
    cost: 'hours on a GPU',
  }),
  planned({
    paper,
    id: 'multi-model',
    title: 'Several transformers at once',
    where: 'figure 4',
    summary: 'loss on the simplex of three ViTs',
    cost: 'hours on a GPU',
  }),
  planned({
    paper,
    id: 'residual-rotation',
    title: 'Rotations of the residual stream',
    where: 'figure 5',
    summary: 'eigen-angles of the residual-stream rotations',
    cost: 'minutes after training',
  }),
  planned({
    paper,
    id: 'interpolation-sampling',
    title: 'Sampling the interpolation',
    where: 'figure 6',
    summary: 'learned matching by the distribution of the interpolation coefficient',
    cost: 'hours on a GPU',
  }),
  planned({
    paper,
    id: 'matching-iterations',
    title: 'Iterations of weight matching',
    where: 'figure 7',
    summary: 'barrier by iterations of weight matching, orthogonal and permutation',
    cost: 'minutes after training',
  }),
  planned({
    paper,
    id: 'matching-initialisation',
    title: 'Where learned matching begins',
    where: 'figure 8',
    summary: 'learned matching from weight matching and from the identity',
    cost: 'hours on a GPU',
  }),
  planned({
    paper,
    id: 'soft-permutations',
    title: 'Soft permutations',
    where: 'figure 9',
    summary: 'paths with soft permutations',
    cost: 'hours on a GPU',
  }),
];
