import type { MeasurementRow, Reproduction } from '@basinlab/core';
import { groupBy } from '@basinlab/report';
import { z } from 'zod';
import { aggregate } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { subspacePopulation } from './subspace-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  /** Dimensions of the data, k. */
  dimensions: z.array(z.number().int().positive()).min(1),
  /** On every path, both ends included. */
  points: z.number().int().min(3),
  splits: z.array(z.enum(['train', 'validation', 'test'])).min(1),
});
type Settings = z.output<typeof settings>;

/** The paper's drops in accuracy, in points. */
const reported: Readonly<Record<number, number>> = { 2: 46.4, 8: 15.7, 32: 6.1 };

/** Unaligned linear mode connectivity of W networks by the dimension of their data. */
export const lmcSubspaceDimension: Reproduction<Settings> = {
  id: 'lmc-subspace-dimension',
  title: 'Connectivity without alignment by the dimension of the data',
  paper: papers.A,
  where: 'accuracy drop against k',
  summary: 'unaligned linear mode connectivity of W networks for k = 2, 8, 32: drops of 46.4, 15.7 and 6.1 points',
  cost: 'on 2 cores: smoke < 1 min, small 2 min, paper 15 min',
  settings,
  scale: (scale): Settings => ({
    ...{ seed: 1, dimensions: [2, 8, 32] },
    ...(scale === 'paper' ? { points: 37, splits: ['train', 'test'] } : { points: scale === 'small' ? 21 : 5, splits: ['test'] }),
  }),
  populations: ({ dimensions }) => dimensions.map((dimension) => subspacePopulation(dimension, 1)),
  measurements: ({ points, splits }) => [{ measurements: [{ id: 'linear-mode-connectivity', options: { points } }], splits }],
  derive({ 'linear-mode-connectivity': paths }) {
    const own = paths!.rows.filter(({ lambda }) => lambda !== null);
    const rows = [...groupBy(own, ({ k, pair, split }) => JSON.stringify([k, pair, split]))].map(([, path]): MeasurementRow => {
      const accuracies = path.map(({ accuracy }) => accuracy as number);
      const { k, pair, split } = path[0]!;
      return {
        k: k!,
        pair: pair!,
        split: split!,
        drop: Math.max(accuracies[0]!, accuracies.at(-1)!) - Math.min(...accuracies),
      };
    });
    return {
      drops: {
        columns: [
          { name: 'k', summary: 'dimension of the data', role: 'axis', type: 'number' },
          { name: 'pair', summary: 'the two models', role: 'axis', type: 'text' },
          { name: 'split', summary: 'data that are measured on', role: 'axis', type: 'text' },
          {
            name: 'drop',
            summary: 'least accuracy on the path below the better end',
            role: 'value',
            type: 'number',
            unit: 'points',
            range: [0, 100],
          },
        ],
        rows,
      },
    };
  },
  summarize: ({ drops, models }, { splits }) => [
    ...aggregate(drops!.rows, {
      ...{ quantity: 'accuracy drop (points)', value: 'drop', by: ['split', 'k'] },
      paper: ({ k, split }) => (split === splits[0] ? (reported[Number(k)] ?? null) : null),
    }),
    ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by: ['k'] }),
  ],
  claims: [
    {
      statement: 'the larger the dimension, the smaller the drop without alignment',
      paper: '46.4, 15.7 and 6.1 points for k = 2, 8, 32',
      rule: 'the drop falls with k, and each is within a factor of two of the paper',
      check({ rows }, { splits }) {
        const drops = rows.filter((row) => row.quantity === 'accuracy drop (points)' && row['split'] === splits[0]);
        const falls = drops.every(({ mean }, at) => at === 0 || mean < drops[at - 1]!.mean);
        const near = drops.every(({ mean, paper }) => paper === null || (mean > paper / 2 && mean < 2 * paper));
        const ours = drops.map((row) => `k = ${String(row['k'])}: ${row.mean.toFixed(1)}`).join(', ');
        return { ours, holds: drops.length < 2 ? null : falls && near };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'linear-mode-connectivity', kind: 'lines', title: 'Accuracy along the path', x: 'lambda', y: 'accuracy' },
      ...{ series: 'k', facet: ['split'] },
      caption: 'Mean over pairs with one standard error; no alignment.',
    },
    {
      table: 'drops',
      kind: 'bars',
      title: 'Accuracy drop',
      x: 'k',
      y: 'drop',
      facet: ['split'],
      caption: 'With one standard error over pairs.',
    },
  ],
};
