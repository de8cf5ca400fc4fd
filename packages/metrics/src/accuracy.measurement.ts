import { measurementOf } from '@basinlab/core/measurement';
import { accuracy } from './accuracy.js';

/** {@link accuracy} of a model on a split. */
export const accuracyMeasurement = measurementOf(accuracy, { summary: 'Rows whose largest logit is at the label', unit: '%' });
