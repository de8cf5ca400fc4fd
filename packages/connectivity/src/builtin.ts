import type { RebasinStrategy } from '@basinlab/core';
import { scaledMatching } from './networks/scaled-matching.js';

/** Every re-basin strategy of this package. */
export const builtinRebasin: readonly RebasinStrategy[] = [scaledMatching()];
