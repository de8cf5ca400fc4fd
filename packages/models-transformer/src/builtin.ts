import type { Architecture } from '@basinlab/core';
import { gpt2Circuits } from './architectures/gpt2-circuits.js';
import { gpt2 } from './architectures/gpt2.js';

/** Every architecture of this package. */
export const builtinArchitectures: readonly Architecture[] = [gpt2, gpt2Circuits];
