import type { Architecture, RebasinStrategy } from '@basinlab/core';
import { bert } from './architectures/bert.js';
import { circuitLearned, circuitMatching } from './alignment/strategy.js';
import { gpt2Circuits } from './architectures/gpt2-circuits.js';
import { gpt2 } from './architectures/gpt2.js';
import { vitCircuits } from './architectures/vit-circuits.js';
import { vit } from './architectures/vit.js';

/** Every architecture of this package. */
export const builtinArchitectures: readonly Architecture[] = [bert, gpt2, gpt2Circuits, vit, vitCircuits];

/** Every re-basin strategy of this package. */
export const builtinRebasin: readonly RebasinStrategy[] = [circuitMatching(), circuitLearned()];
