import { reproductionOf, type ComputedReproduction } from '../shared/computation.js';
import { papers } from '../shared/papers.js';
import { connectivityApproximateAction, connectivityComponents, connectivityCurves, connectivityRescaling } from './connectivity/index.js';
import { connectivityMnist } from './connectivity-mnist/index.js';

const paper = papers.B;

/** The figures of paper B, and what follows from it for trained networks. */
export const paperB: readonly ComputedReproduction[] = [
  reproductionOf(connectivityComponents, {
    paper,
    title: 'Components of the minima of deep linear networks',
    where: 'figure 1, corollary 4.2',
    summary: 'components of the minima of deep linear networks: 2^(l-1); with a residual connection 3 for one unit, 2 for more',
    cost: 'on 2 cores: smoke 5 s, small 15 s, paper a minute (estimated)',
  }),
  reproductionOf(connectivityApproximateAction, {
    paper,
    title: 'The approximate action of matrices on nonlinear layers',
    where: 'figure 3a',
    summary: 'loss change of the approximate group action on 100 two-layer sigmoid networks',
    cost: 'seconds',
  }),
  reproductionOf(connectivityCurves, {
    paper,
    title: 'Curves of constant loss and the straight lines between their ends',
    where: 'figures 3b and 3c',
    summary: 'loss along the symmetry-induced curve and the straight line, by size of the group element',
    cost: 'on 2 cores: smoke seconds, small 1 min, paper 4 min (estimated)',
  }),
  reproductionOf(connectivityRescaling, {
    paper,
    title: 'Straight lines between rescaled minima have no bound',
    where: 'figure 4',
    summary: 'loss on the segment between rescaled minima of a five-layer network grows without bound',
    cost: 'seconds',
  }),
  reproductionOf(connectivityMnist, {
    paper,
    title: 'Symmetry, curvature and connectivity of MNIST MLPs',
    where: 'beyond the paper',
    summary: 'symmetry-induced curves, certificates and learned curves of standard and W MLPs trained on MNIST',
    cost: 'on 2 cores: smoke < 1 min, small 2-4 min, paper hours (estimated)',
  }),
];
