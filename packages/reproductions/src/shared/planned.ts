import type { Reproduction } from '@basinlab/core';
import { z } from 'zod';

/** A figure that is listed and has no command yet. */
export function planned(facts: Pick<Reproduction, 'id' | 'paper' | 'title' | 'where' | 'summary' | 'cost'>): Reproduction {
  return {
    ...facts,
    status: 'planned',
    settings: z.strictObject({}),
    scale: () => ({}),
    summarize: () => [],
    claims: [],
    figures: [],
  };
}
