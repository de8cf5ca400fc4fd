import type { Reproduction } from '@basinlab/core';
import { families, paperSettings, syntheticCoherence } from '@basinlab/synthetic';
import { z } from 'zod';
import { aggregate } from '../shared/aggregate.js';
import { axis, label, value } from '../shared/columns.js';
import { papers } from '../shared/papers.js';

const count = z.number().int().positive();
const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  families: z.array(z.enum(families)).min(1),
  /** Active copies r; coherence is 1 / r. */
  spreads: z.array(count).min(1),
  width: count,
  /** Draws of mask, data and frame. */
  outerSeeds: count,
  /** Of models per outer seed. */
  pairs: count,
  epochs: count,
});
type Settings = z.output<typeof settings>;

const columns = [
  label('family', 'how latent coordinates are spread'),
  axis('spread', 'active copies r'),
  axis('coherence', '1 / r'),
  axis('outerSeed', 'draw of mask, data and frame'),
  axis('pair', 'pair of models'),
  value('midpointBarrier', 'test loss of the middle above that of the worse end'),
  value('peakBarrier', 'largest test loss on the path above that of the worse end'),
];

/** Midpoint barrier against coherence, 2,000 tiny networks. */
export const syntheticCoherenceFigure: Reproduction<Settings> = {
  id: 'synthetic-coherence',
  title: 'Coherence and connectivity of masked networks',
  paper: papers.A,
  where: 'synthetic coherence experiment',
  summary: 'midpoint barrier against coherence 1 to 1/10, two families, 2,000 models',
  cost: 'on 2 cores: smoke seconds, small 20 s, paper 2 min',
  settings,
  scale: (scale): Settings => {
    const { families: both, spreads, width, outerSeeds, pairs, epochs } = paperSettings;
    const paper: Settings = { seed: 1, families: [...both], spreads: [...spreads], width, outerSeeds, pairs, epochs };
    if (scale === 'paper') return paper;
    return scale === 'small'
      ? { ...paper, spreads: [1, 2, 4, 7, 10], outerSeeds: 2, pairs: 5 }
      : { ...paper, spreads: [1, 10], width: 32, outerSeeds: 1, pairs: 2, epochs: 20 };
  },
  async *compute(chosen, { signal, progress }) {
    const rows = await syntheticCoherence({
      ...chosen,
      signal,
      progress: (done, total) => progress('settings', done, total),
    });
    yield { table: 'barriers', columns, rows: rows.map(({ losses: _, ...row }) => row) };
  },
  work: ({ families: chosen, spreads, outerSeeds, pairs, epochs, width }) =>
    chosen.length * spreads.length * outerSeeds * pairs * epochs * width,
  summarize: ({ barriers }) =>
    aggregate(barriers!.rows, {
      quantity: 'midpoint barrier (mean squared error)',
      value: 'midpointBarrier',
      by: ['family', 'spread', 'coherence'],
    }),
  across: 'family',
  claims: [
    {
      statement: 'with high coherence a mask alone makes networks connect, with low coherence it fails',
      paper: 'barrier about 0 at coherence 1, rising to within 0.3 at 1/10 (figure)',
      rule: 'for every family the mean barrier is below 0.02 at coherence 1, above 0.1 at the least coherence, and in between',
      check({ rows }, { families: chosen, spreads }) {
        const at = (family: string, spread: number) =>
          rows.find((row) => row['family'] === family && row['spread'] === spread)?.mean ?? NaN;
        const [low, high] = [Math.min(...spreads), Math.max(...spreads)];
        const holds = chosen.every((family) => at(family, low) < 0.02 && at(family, high) > 0.1);
        const ours = chosen.map((family) => `${family}: ${at(family, low).toFixed(3)} to ${at(family, high).toFixed(3)}`).join('; ');
        return { ours, holds: low !== 1 || high < 10 ? null : holds };
      },
    },
  ],
  figures: [
    {
      ...{
        table: 'barriers',
        kind: 'lines',
        title: 'Midpoint barrier by active copies',
        x: 'spread',
        y: 'midpointBarrier',
        series: 'family',
      },
      caption: 'Coherence is one over the active copies. Mean over pairs and outer seeds with one standard error.',
    },
  ],
};
