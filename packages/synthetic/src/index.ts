export { aggregateCoherence, type SyntheticCoherenceMean } from './aggregate.js';
export { basisOf, roleKey, latentData, spreadData, type LatentData, type SpreadData } from './data.js';
export { compilePopulation, type Stacked, type StackedPairs, type SyntheticPrograms } from './population.js';
export { families, paperSettings, type EmbeddingFamily, type SyntheticCoherenceSettings } from './settings.js';
export { syntheticCoherence, type SyntheticCoherenceOptions, type SyntheticCoherenceRow } from './synthetic-coherence.js';
