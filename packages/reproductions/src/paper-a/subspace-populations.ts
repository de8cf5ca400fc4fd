import type { PopulationRequest } from '@basinlab/core';

/** MLPs of 64 units on Gaussian clusters in `dimension` of 512 dimensions: W networks with fixed weights of deviation 0 or 1. */
export function subspacePopulation(dimension: number, fixedScale: 0 | 1): PopulationRequest {
  const labels = { k: dimension, fixedScale };
  if (![2, 8, 32].includes(dimension)) {
    // The presets have the paper's dimensions; any other is one of them with other data.
    return { ...subspacePopulation(8, fixedScale), labels, set: [`dataset.options.intrinsic=${dimension}`] };
  }
  return { labels, preset: `gaussian-subspace-${dimension}-mlp-${fixedScale === 0 ? 'w-pruned' : 'w'}` };
}
