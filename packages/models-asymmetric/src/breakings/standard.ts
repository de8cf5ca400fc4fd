import { z } from 'zod';
import type { SymmetryBreaking } from '@basinlab/core';

const options = z.strictObject({});
/** Options of `standard`: none. */
export type StandardOptions = z.output<typeof options>;

/** Breaks nothing: all weights are trained and neurons of a layer can be exchanged. */
export const standard: SymmetryBreaking<StandardOptions> = {
  id: 'standard',
  summary: 'Ordinary network: every weight is trained, neurons can be exchanged',
  options,
  constants: () => null,
};
