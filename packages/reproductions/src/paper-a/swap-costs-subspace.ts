import type { Reproduction, SummaryRow } from '@basinlab/core';
import { z } from 'zod';
import { aggregate } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { subspacePopulation } from './subspace-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  /** Dimensions of the data, k. */
  dimensions: z.array(z.number().int().positive()).min(1),
  /** Rows whose activations span the subspace. */
  samples: z.number().int().min(2),
  /** Before training and after it: the reference leaves open which its figure shows. */
  epochs: z.array(z.number().int().nonnegative()).min(1),
});
type Settings = z.output<typeof settings>;

const by = ['epoch', 'fixedScale', 'k'];
const at = (rows: readonly SummaryRow[], quantity: string, { epochs }: Settings, fixedScale: number): SummaryRow[] =>
  rows
    .filter((row) => row.quantity === quantity && row['epoch'] === Math.max(...epochs) && row['fixedScale'] === fixedScale)
    .sort((a, b) => Number(a['k']) - Number(b['k']));
const listed = (rows: readonly SummaryRow[]): string => rows.map((row) => `k = ${String(row['k'])}: ${row.mean.toFixed(3)}`).join(', ');

/** Swap costs of the first layer's neurons, by the dimension of the data and the scale of the fixed weights. */
export const swapCostsSubspace: Reproduction<Settings> = {
  id: 'swap-costs-subspace',
  title: 'Swap costs by the dimension of the data',
  paper: papers.A,
  where: 'figure 5',
  summary: 'swap-cost matrices of the first layer on Gaussian-subspace data, k = 2, 8, 32, fixed scale 0 and 1',
  cost: 'on 2 cores: smoke < 1 min, small 2 min, paper 20 min',
  settings,
  scale: (scale): Settings => ({
    seed: 1,
    dimensions: [2, 8, 32],
    samples: scale === 'smoke' ? 300 : 5000,
    epochs: { smoke: [0, 1], small: [0, 8], paper: [0, 100] }[scale],
  }),
  populations: ({ dimensions }) =>
    ([0, 1] as const).flatMap((scale) => dimensions.map((dimension) => subspacePopulation(dimension, scale))),
  measurements: ({ samples, epochs }) => [
    { measurements: [{ id: 'swap-cost', options: { layers: ['layers.0'], pairs: true } }], samples, epochs },
  ],
  summarize: ({ 'swap-cost': costs, models }) => [
    ...aggregate(costs!.rows, { quantity: 'mean of sign(cost) sqrt |cost|', value: 'meanSignedRoot', by }),
    ...aggregate(costs!.rows, { quantity: 'share of pairs with a negative cost', value: 'negative', by }),
    ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by: by.slice(1) }),
  ],
  claims: [
    {
      statement: 'with fixed scale 0 swaps cost little and often nothing, whatever the dimension',
      paper: 'about -0.2 to 0.35 for all k, many negative',
      rule: 'after training the mean signed root is below 0.5 for every k, and some pairs are negative for every k',
      check({ rows }, chosen) {
        const [roots, negative] = [
          at(rows, 'mean of sign(cost) sqrt |cost|', chosen, 0),
          at(rows, 'share of pairs with a negative cost', chosen, 0),
        ];
        return {
          ours: `mean root ${listed(roots)}; negative share ${listed(negative)}`,
          holds: roots.length === 0 ? null : roots.every(({ mean }) => mean < 0.5) && negative.every(({ mean }) => mean > 0),
        };
      },
    },
    {
      statement: 'with fixed scale 1 swaps cost more the larger the dimension',
      paper: 'k = 2 about 0-2 with scattered negatives, k = 8 about 1-4, k = 32 about 3-6',
      rule: 'after training the mean signed root grows with k, and lies in [0, 2], [1, 4] and [3, 6] for k = 2, 8, 32',
      check({ rows }, chosen) {
        const roots = at(rows, 'mean of sign(cost) sqrt |cost|', chosen, 1);
        const ranges: Readonly<Record<string, readonly [number, number]>> = { 2: [0, 2], 8: [1, 4], 32: [3, 6] };
        const within = roots.every(({ mean, k }) => {
          const range = ranges[String(k)];
          return range === undefined || (mean >= range[0] && mean <= range[1]);
        });
        const grows = roots.every(({ mean }, index) => index === 0 || mean > roots[index - 1]!.mean);
        return { ours: listed(roots), holds: roots.length < 2 ? null : grows && within };
      },
    },
  ],
  figures: [
    {
      ...{
        table: 'after-training',
        kind: 'heatmap',
        title: 'Swap costs after training',
        x: 'second',
        y: 'first',
        value: 'cost',
        scale: 'signed-root',
      },
      ...{ where: { model: '1' }, facet: ['fixedScale', 'k'] },
      caption: 'First layer of the first model; colours show sign(cost) sqrt |cost|.',
    },
    {
      ...{
        table: 'before-training',
        kind: 'heatmap',
        title: 'Swap costs before training',
        x: 'second',
        y: 'first',
        value: 'cost',
        scale: 'signed-root',
      },
      ...{ where: { model: '1' }, facet: ['fixedScale', 'k'] },
      caption: 'The same at initialisation.',
    },
    {
      ...{
        table: 'after-training',
        kind: 'boxes',
        title: 'Distribution of swap costs',
        x: 'k',
        y: 'signedRoot',
        facet: ['fixedScale'],
      },
      caption: 'All pairs of neurons of the first model after training.',
    },
  ],
  derive({ 'swap-cost': costs }, { epochs }) {
    const columns = costs!.columns;
    const rowsAt = (epoch: number) =>
      costs!.rows.filter(
        (row) => row['epoch'] === epoch && row['first'] !== null && row['first'] !== row['second'] && row['model'] === '1',
      );
    return {
      'after-training': { columns, rows: rowsAt(Math.max(...epochs)) },
      'before-training': { columns, rows: rowsAt(Math.min(...epochs)) },
    };
  },
};
