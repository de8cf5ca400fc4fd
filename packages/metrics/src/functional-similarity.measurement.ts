import { measurementOf } from '@basinlab/core/measurement';
import { functionalSimilarity } from './functional-similarity.js';

/** {@link functionalSimilarity} of a pair on a split. */
export const functionalSimilarityMeasurement = measurementOf(functionalSimilarity, {
  summary: 'Share of rows on which two models predict the same class',
  plots: [
    { kind: 'lines', title: 'Functional similarity over training', x: 'epoch', y: 'value' },
    { kind: 'bars', title: 'Functional similarity', x: 'alignment', y: 'value' },
  ],
});
