import type { MeasurementRow, Reproduction } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { value } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import { phasePopulation } from './phase-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  fixedScales: z.array(z.number().nonnegative()).min(1),
  dimensions: z.array(z.number().int().positive()).min(1),
  widths: z.array(z.number().int().min(8)).min(1),
  models: z.number().int().min(2),
  epochs: z.number().int().positive(),
  train: z.number().int().positive(),
  test: z.number().int().positive(),
  points: z.number().int().min(3),
});
type Settings = z.output<typeof settings>;

const by = ['width', 'k', 'fixedScale'];
const barrier = 'accuracy barrier (%)';

/** Where does connectivity without alignment begin, and what does it cost in accuracy? Fixed scale x dimension of the data x width, the known confound. */
export const identifiabilityPhase: Reproduction<Settings> = {
  id: 'identifiability-phase',
  title: 'Where connectivity without alignment begins',
  paper: papers.A,
  where: 'beyond the paper',
  summary: 'barrier, matching gap and accuracy over fixed scale, dimension of the data and width',
  cost: 'on 2 cores: smoke < 1 min, small 8 min, paper hours',
  settings,
  scale: (scale): Settings => {
    switch (scale) {
      case 'paper':
        return {
          ...{ seed: 1, fixedScales: [0, 0.125, 0.25, 0.5, 1, 2, 4], dimensions: [2, 4, 8, 16, 32], widths: [32, 64, 128, 256] },
          ...{ models: 8, epochs: 20, train: 50_000, test: 10_000, points: 21 },
        };
      case 'small':
        return {
          ...{ seed: 1, fixedScales: [0, 0.25, 0.5, 1, 2], dimensions: [2, 8, 32], widths: [32, 128] },
          ...{ models: 4, epochs: 6, train: 10_000, test: 2000, points: 11 },
        };
      case 'smoke':
        return {
          ...{ seed: 1, fixedScales: [0, 1], dimensions: [2, 8], widths: [16] },
          ...{ models: 2, epochs: 1, train: 1280, test: 300, points: 3 },
        };
      default:
        return scale satisfies never;
    }
  },
  populations: ({ fixedScales, dimensions, widths, ...training }) =>
    widths.flatMap((width) =>
      dimensions.flatMap((dimension) => fixedScales.map((fixedScale) => phasePopulation({ fixedScale, dimension, width }, training))),
    ),
  measurements: ({ points }) => [{ measurements: [{ id: 'linear-mode-connectivity', options: { points } }, { id: 'matching-objective' }] }],
  derive({ 'linear-mode-connectivity': paths, 'matching-objective': objectives }) {
    const gaps = objectives!.rows
      .filter(({ group, matching }) => group === null && matching === 'identity')
      .map((row): MeasurementRow => ({ ...row, gap: 1 - (row['share'] as number) }));
    const gap = value('gap', 'share of the way from the identity to the best matching');
    return {
      barriers: { columns: paths!.columns, rows: paths!.rows.filter(({ lambda }) => lambda === null) },
      gaps: { columns: [...objectives!.columns, gap], rows: gaps },
    };
  },
  summarize: ({ barriers, gaps, models }) => [
    ...aggregate(barriers!.rows, { quantity: barrier, value: 'accuracyBarrier', by }),
    ...aggregate(gaps!.rows, { quantity: 'matching gap (1: identity is chance, 0: it is best)', value: 'gap', by }),
    ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by }),
  ],
  across: 'fixedScale',
  claims: [
    {
      statement: 'larger fixed weights bring connectivity without alignment',
      paper: 'barriers vanish in the centre-dominated regime',
      rule: 'for every width and every dimension of 8 or more, the barrier at the largest fixed scale is at most half of that at scale 0',
      check({ rows }, { fixedScales, dimensions, widths }) {
        const at = (width: number, k: number, fixedScale: number): number => numberAt(rows, barrier, { width, k, fixedScale }) ?? NaN;
        const largest = Math.max(...fixedScales);
        const cells = widths.flatMap((width) =>
          dimensions.filter((k) => k >= 8).map((k) => [at(width, k, 0), at(width, k, largest)] as const),
        );
        const kept = cells.filter(([none, most]) => most >= none / 2).length;
        return {
          ours: `${kept} of ${cells.length} cells`,
          holds: !fixedScales.includes(0) || cells.length === 0 ? null : kept === cells.length,
        };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'barriers', kind: 'heatmap', title: 'Phase diagram of the accuracy barrier', x: 'fixedScale', y: 'k' },
      ...{ value: 'accuracyBarrier', facet: ['width'] },
      caption: 'Mean over pairs; darker is a higher barrier.',
    },
    {
      ...{ table: 'barriers', kind: 'lines', title: 'Accuracy barrier by fixed scale', x: 'fixedScale', y: 'accuracyBarrier' },
      ...{ series: 'k', facet: ['width'] },
      caption: 'Without alignment; mean over pairs with one standard error.',
    },
    {
      ...{ table: 'gaps', kind: 'lines', title: 'Matching gap by fixed scale', x: 'fixedScale', y: 'gap', series: 'k', facet: ['width'] },
      caption: '1: the identity matches units as chance does; 0: nothing matches them better.',
    },
    {
      ...{ table: 'models', kind: 'lines', title: 'Test accuracy by fixed scale', x: 'fixedScale', y: 'accuracy', series: 'k' },
      facet: ['width'],
      caption: 'What the fixed weights cost.',
    },
  ],
};
