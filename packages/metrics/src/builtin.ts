import type { Metric } from '@basinlab/tensor';
import { accuracy } from './accuracy.js';
import { linearCka } from './cka/index.js';
import { crossEntropy } from './cross-entropy.js';
import { functionalSimilarity } from './functional-similarity.js';
import { subspaceCoherence } from './subspace-coherence/index.js';

/** Every streaming metric of this package, for registries. */
export const builtinMetrics: readonly Metric[] = [accuracy, linearCka, crossEntropy, functionalSimilarity, subspaceCoherence];
