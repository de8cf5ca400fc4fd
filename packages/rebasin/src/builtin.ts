import type { RebasinStrategy } from '@basinlab/core';
import { activationMatching } from './activation-matching/index.js';
import { invertibleMatching } from './invertible-matching/index.js';
import { learnedMatching } from './learned/index.js';
import { sinkhornRebasin } from './sinkhorn/index.js';
import { scaledMatching } from './scaled-matching/index.js';
import { straightThrough } from './straight-through/index.js';
import { weightMatching } from './weight-matching/index.js';

/** Every strategy of this package with its defaults, for registries. */
export const builtinRebasin: readonly RebasinStrategy[] = [
  weightMatching(),
  activationMatching(),
  straightThrough(),
  sinkhornRebasin(),
  sinkhornRebasin({ objective: 'distance' }),
  learnedMatching(),
  scaledMatching(),
  invertibleMatching(),
];
