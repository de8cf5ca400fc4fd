import type { Reproduction } from '@basinlab/core';

/** The three works that figures belong to. */
export const papers = {
  A: {
    id: 'A',
    title: 'Beyond Structural Symmetries: Linear Mode Connectivity via Neuron Identifiability',
    url: 'https://arxiv.org/abs/2606.04754',
  },
  B: { id: 'B', title: 'Understanding Mode Connectivity via Parameter Space Symmetry', url: 'https://arxiv.org/abs/2505.23681' },
  C: { id: 'C', title: 'Generalized Linear Mode Connectivity for Transformers', url: 'https://arxiv.org/abs/2506.22712' },
} as const satisfies Readonly<Record<string, Reproduction['paper']>>;
