import type { OpRule } from '../traced.js';
import { contractionRules } from './contractions.js';
import { convolutionRules } from './convolutions.js';
import { creationRules } from './creation.js';
import { elementwiseRules } from './elementwise.js';
import { indexingRules } from './indexing.js';
import { reductionRules } from './reductions.js';
import { shapeRules } from './shapes.js';

/** The rule of every op that can be traced, by its TensorFlow.js kernel name. */
export const rules: ReadonlyMap<string, OpRule> = new Map(
  Object.entries({
    ...elementwiseRules,
    ...reductionRules,
    ...contractionRules,
    ...convolutionRules,
    ...shapeRules,
    ...indexingRules,
    ...creationRules,
  }),
);
