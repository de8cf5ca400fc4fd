export { anisotropy, anisotropyBound, scaleStatistics } from './anisotropy.js';
export type { AnisotropyBoundOptions, ScaleStatistics } from './anisotropy.js';
export { coherence, subspaceCoherence } from './coherence.js';
