import type { Reproduction, SummaryRow } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { modelSchema, mnistPopulations, paperShape, shapeOverrides } from '../shared/mlp-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  model: modelSchema,
  layers: z.array(z.string()).min(1),
  samples: z.number().int().min(2),
  /** Weights of errors in the ridge regression. */
  betas: z.array(z.number().positive()).min(1),
  /** Of neurons per layer that are fitted. */
  pairs: z.number().int().positive(),
  /** The imitated output: before or after the activation. */
  activation: z.enum(['identity', 'gelu', 'relu']),
});
type Settings = z.output<typeof settings>;

const by = ['breaking', 'fixedScale', 'layer'];
const mahalanobis = 'swap cost (Mahalanobis)';
const overLayers = (rows: readonly SummaryRow[], breaking: string, fixedScale: number | null, { layers }: Settings): number[] =>
  layers.flatMap((layer) => numberAt(rows, mahalanobis, { breaking, fixedScale, layer }) ?? []);
const listed = (values: readonly number[]): string => values.map((value) => value.toPrecision(3)).join(', ');

/** Swap costs of batch-norm MLPs on MNIST, in closed form and by ridge regression. */
export const swapCostsMnist: Reproduction<Settings> = {
  id: 'swap-costs-mnist',
  title: 'Swap costs of MNIST MLPs',
  paper: papers.A,
  where: 'swap-cost matrices, MNIST',
  summary: 'Mahalanobis and ridge swap costs of batch-norm MLPs on MNIST per layer',
  cost: 'on 2 cores: smoke < 1 min, small 3 min, paper 4 h of training, then 15 min',
  settings,
  scale: (scale): Settings => {
    const shared = { seed: 1, layers: ['layers.0', 'layers.1', 'layers.2'], activation: 'identity' } as const;
    switch (scale) {
      case 'paper':
        return { ...shared, layers: [...shared.layers], model: paperShape, samples: 6000, betas: [0.001, 0.01, 0.1, 1], pairs: 1000 };
      case 'small':
        return { ...shared, layers: [...shared.layers], model: paperShape, samples: 3000, betas: [0.01, 1], pairs: 100 };
      case 'smoke':
        return { ...shared, layers: [...shared.layers], model: { ...paperShape, width: 32 }, samples: 200, betas: [0.01], pairs: 5 };
      default:
        return scale satisfies never;
    }
  },
  populations: ({ model }) =>
    Object.values(mnistPopulations).map(({ labels, preset }) => {
      const request = { labels, preset: `${preset}-batch-norm` };
      return { ...request, set: shapeOverrides(model, request) };
    }),
  measurements: ({ layers, samples, betas, pairs, activation }) => [
    {
      measurements: [
        { id: 'swap-cost', options: { layers, explained: 0.9 } },
        { id: 'ridge-realization', options: { layers, betas, pairs, activation, perPair: true } },
      ],
      splits: ['validation'],
      samples,
    },
  ],
  summarize: ({ 'swap-cost': costs, 'ridge-realization': ridge, models }) => [
    ...aggregate(costs!.rows, { quantity: mahalanobis, value: 'mean', by, where: { first: null } }),
    ...aggregate(costs!.rows, {
      quantity: 'share of pairs with a negative cost (Mahalanobis)',
      value: 'negative',
      by,
      where: { first: null },
    }),
    ...aggregate(ridge!.rows, { quantity: 'swap cost (ridge)', value: 'swapCost', by: [...by, 'beta'], where: { first: null } }),
    ...aggregate(ridge!.rows, {
      quantity: 'share of pairs with a negative cost (ridge)',
      value: 'negative',
      by: [...by, 'beta'],
      where: { first: null },
    }),
    ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by: by.slice(0, 2) }),
  ],
  across: 'layer',
  claims: [
    {
      statement: 'neurons of standard networks trade places at no cost',
      paper: 'about 0 (colour bar to 1e-3)',
      rule: 'mean Mahalanobis swap cost of every layer below 1e-3',
      check({ rows }, chosen) {
        const found = overLayers(rows, 'standard', null, chosen);
        return { ours: listed(found), holds: found.length === 0 ? null : found.every((value) => Math.abs(value) < 1e-3) };
      },
    },
    {
      statement: 'fixed weights make swaps dearer: W networks with fixed scale 1 beyond those with fixed scale 0',
      paper: 'colour bars to 1.5 and 4 (roots)',
      rule: 'mean Mahalanobis swap cost of every layer larger with fixed scale 1 than with 0',
      check({ rows }, chosen) {
        const [pruned, w] = [overLayers(rows, 'w', 0, chosen), overLayers(rows, 'w', 1, chosen)];
        return { ours: `${listed(pruned)}; ${listed(w)}`, holds: w.length === 0 ? null : w.every((value, at) => value > pruned[at]!) };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'swap-cost', kind: 'bars', title: 'Mean swap cost by layer', x: 'layer', y: 'meanSignedRoot', where: { first: null } },
      ...{ facet: ['breaking', 'fixedScale'] },
      caption: 'Mahalanobis: mean of sign(cost) sqrt |cost| over pairs; one standard error over models.',
    },
    {
      ...{
        table: 'ridge-pairs',
        kind: 'boxes',
        title: 'Swap costs by ridge regression',
        x: 'layer',
        y: 'swapCost',
        facet: ['breaking', 'fixedScale', 'beta'],
      },
      caption: 'Pairs drawn at random, penalty term.',
    },
  ],
  derive: ({ 'ridge-realization': ridge }) => ({
    'ridge-pairs': { columns: ridge!.columns, rows: ridge!.rows.filter(({ first }) => first !== null) },
  }),
};
