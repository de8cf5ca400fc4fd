import type { Architecture } from '@basinlab/core';
import { gpt2 } from './architectures/gpt2.js';

/** Every architecture of this package. */
export const builtinArchitectures: readonly Architecture[] = [gpt2];
