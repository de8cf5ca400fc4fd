import { paperSettings, syntheticCoherence } from '@basinlab/synthetic';

const { outerSeeds, pairs } = paperSettings;

/** One of the twenty settings of the synthetic coherence experiment, at the paper's size: 100 networks trained, 50 paths evaluated. The baseline makes one pair of models, times 50. */
export const syntheticJob = {
  name: 'synthetic-coherence',
  baselines: ['synthetic_jobs'],
  rounds: 3,
  prepare: () => ({
    async work() {
      const rows = await syntheticCoherence({ families: ['exact-copy'], spreads: [5] });
      if (rows.length !== outerSeeds * pairs) throw new Error(`synthetic-coherence: ${outerSeeds * pairs} pairs, got ${rows.length}`);
    },
  }),
};
