import type { Scale } from '@basinlab/core';

/** Every scale, smallest first. */
export const scales = ['smoke', 'small', 'paper'] as const satisfies readonly Scale[];
