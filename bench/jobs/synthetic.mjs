import { families, paperSettings, syntheticCoherence } from '@basinlab/synthetic';

const { outerSeeds, pairs, spreads } = paperSettings;

/** The synthetic coherence experiment at the paper's size: 20 settings of 100 networks each trained, 1,000 paths evaluated. The baseline makes five pairs of models, times 200. */
export const syntheticJob = {
  name: 'synthetic-coherence',
  baselines: ['synthetic_jobs'],
  rounds: 3,
  prepare: () => ({
    async work() {
      const rows = await syntheticCoherence();
      const wanted = families.length * spreads.length * outerSeeds * pairs;
      if (rows.length !== wanted) throw new Error(`synthetic-coherence: ${wanted} pairs, got ${rows.length}`);
    },
  }),
};
