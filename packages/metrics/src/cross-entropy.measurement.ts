import { measurementOf } from '@basinlab/core/measurement';
import { crossEntropy } from './cross-entropy.js';

/** {@link crossEntropy} of a model on a split. */
export const crossEntropyMeasurement = measurementOf(crossEntropy, { summary: 'Mean softmax cross entropy', unit: 'nats' });
