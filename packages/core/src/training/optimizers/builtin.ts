import type { Optimizer } from '../../contracts/index.js';
import { adam, adamw } from './adam.js';
import { muon } from './muon.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

/** Every optimizer of this package, for registries. */
export const builtinOptimizers: readonly Optimizer[] = [adam, adamw, muon, rmsprop, sgd];
