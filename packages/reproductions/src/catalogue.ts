/** One figure or table of a paper. `planned` ones have no command yet. */
export interface CatalogueEntry {
  readonly id: string;
  readonly paper: 'A' | 'B' | 'C';
  /** Where in the paper, as far as its copy names it. */
  readonly where: string;
  readonly shows: string;
  readonly status: 'available' | 'planned';
  /** What a run at scale `paper` costs, or is expected to cost. */
  readonly cost: string;
}

export const papers: Readonly<Record<CatalogueEntry['paper'], { title: string; url: string }>> = {
  A: {
    title: 'Beyond Structural Symmetries: Linear Mode Connectivity via Neuron Identifiability',
    url: 'https://arxiv.org/abs/2606.04754',
  },
  B: { title: 'Understanding Mode Connectivity via Parameter Space Symmetry', url: 'https://arxiv.org/abs/2505.23681' },
  C: { title: 'Generalized Linear Mode Connectivity for Transformers', url: 'https://arxiv.org/abs/2506.22712' },
};

const entry =
  (status: CatalogueEntry['status']) =>
  (paper: CatalogueEntry['paper'], id: string, where: string, shows: string, cost: string): CatalogueEntry => ({
    id,
    paper,
    where,
    shows,
    status,
    cost,
  });
const available = entry('available');
const planned = entry('planned');

/** Every figure and table of the three papers, whether it can be reproduced yet or not. */
export const catalogue: readonly CatalogueEntry[] = [
  available(
    'A',
    'mnist-mlp-lmc',
    'LMC figure, MLP',
    'unaligned and aligned linear mode connectivity of standard, W and syre MLPs on MNIST',
    'on 2 cores: smoke < 1 min, small 2-3 min, paper 3-7 h (estimated)',
  ),
  planned('A', 'cifar10-resnet20-lmc', 'LMC figure, ResNet', 'the same for ResNet-20 of width 8 on CIFAR-10', 'hours on a GPU'),
  planned(
    'A',
    'matching-objective',
    'objective figures',
    'optimal, identity and random activation-matching objective over epochs, fixed scales and sparsity',
    'the trained populations of the LMC figures, then minutes',
  ),
  planned(
    'A',
    'swap-costs-subspace',
    'figure 5',
    'swap-cost matrices on Gaussian-subspace data, k = 2, 8, 32, fixed scale 0 and 1',
    'minutes',
  ),
  planned(
    'A',
    'lmc-subspace-dimension',
    'accuracy drop against k',
    'unaligned linear mode connectivity for k = 2, 8, 32: drops of 46.4, 15.7 and 6.1 points',
    'about an hour',
  ),
  planned(
    'A',
    'swap-costs-mnist',
    'swap-cost matrices, MNIST',
    'Mahalanobis and ridge swap costs of MNIST MLPs per layer',
    'about an hour',
  ),
  planned(
    'A',
    'coherence-layers',
    'coherence and anisotropy',
    'subspace coherence and the anisotropy bound by layer and epoch; MNIST rotated to a target coherence',
    'minutes',
  ),
  planned(
    'A',
    'synthetic-coherence',
    'synthetic coherence experiment',
    'midpoint barrier against coherence 1 to 1/10, two families, 2,000 models',
    'minutes',
  ),
  planned(
    'A',
    'function-class-distance',
    'box plot',
    'Hausdorff distance between the function classes of neurons',
    'unknown: the paper publishes no script',
  ),
  available(
    'B',
    'connectivity-components',
    'figure 1, corollary 4.2',
    'components of the minima of deep linear networks: 2^(l-1); with a residual connection 3 for one unit, 2 for more',
    'on 2 cores: smoke 5 s, small 15 s, paper a minute (estimated)',
  ),
  available(
    'B',
    'connectivity-approximate-action',
    'figure 3a',
    'loss change of the approximate group action on 100 two-layer sigmoid networks',
    'seconds',
  ),
  available(
    'B',
    'connectivity-curves',
    'figures 3b and 3c',
    'loss along the symmetry-induced curve and the straight line, by size of the group element',
    'on 2 cores: smoke seconds, small 1 min, paper 4 min (estimated)',
  ),
  available(
    'B',
    'connectivity-rescaling',
    'figure 4',
    'loss on the segment between rescaled minima of a five-layer network grows without bound',
    'seconds',
  ),
  available(
    'B',
    'connectivity-mnist',
    'beyond the paper',
    'symmetry-induced curves, certificates and learned curves of standard and W MLPs trained on MNIST',
    'on 2 cores: smoke < 1 min, small 2-4 min, paper hours (estimated)',
  ),
  planned(
    'C',
    'transformer-barriers',
    'table 2',
    'test-loss barriers of ViT and GPT-2 pairs: vanilla, activation, weight and learned matching',
    'days on a GPU',
  ),
  planned('C', 'transformer-paths', 'figures 3a and 3b', 'loss along the path for Tiny ImageNet and Tiny Shakespeare', 'hours on a GPU'),
  planned('C', 'width-heterogeneous', 'figure 3c', 'merging transformers of different widths', 'hours on a GPU'),
  planned('C', 'multi-model', 'figure 4', 'loss on the simplex of three ViTs', 'hours on a GPU'),
  planned('C', 'residual-rotation', 'figure 5', 'eigen-angles of the residual-stream rotations', 'minutes after training'),
  planned(
    'C',
    'interpolation-sampling',
    'figure 6',
    'learned matching by the distribution of the interpolation coefficient',
    'hours on a GPU',
  ),
  planned(
    'C',
    'matching-iterations',
    'figure 7',
    'barrier by iterations of weight matching, orthogonal and permutation',
    'minutes after training',
  ),
  planned('C', 'matching-initialisation', 'figure 8', 'learned matching from weight matching and from the identity', 'hours on a GPU'),
  planned('C', 'soft-permutations', 'figure 9', 'paths with soft permutations', 'hours on a GPU'),
];
