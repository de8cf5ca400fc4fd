import type { PopulationRequest, Reproduction, SummaryRow } from '@basinlab/core';
import { z } from 'zod';
import { aggregate } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { mnistPopulations, modelSchema, paperShape, shapeOverrides } from '../shared/mlp-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  model: modelSchema,
  /** Deviations of the fixed weights of W networks, beside 0 and 1. */
  fixedScales: z.array(z.number().positive()),
  /** Factors on the number of fixed weights of W networks of fixed scale 1, beside 1. */
  sparsities: z.array(z.number().positive()),
  /** Rows on which activations are compared. */
  samples: z.number().int().min(2),
  epochs: z.array(z.number().int().nonnegative()),
});
type Settings = z.output<typeof settings>;

const main = (): PopulationRequest[] =>
  Object.values(mnistPopulations).map(({ labels, preset }) => ({ labels: { ...labels, sparsity: 1 }, preset }));

const sweep = ({ fixedScales, sparsities }: Settings): PopulationRequest[] => [
  ...fixedScales.map((scale) => ({
    labels: { breaking: 'w', fixedScale: scale, sparsity: 1 },
    preset: 'mnist-mlp-w',
    set: [`breaking.options.fixedScale=${scale}`],
  })),
  ...sparsities.map((factor) => ({
    labels: { breaking: 'w', fixedScale: 1, sparsity: factor },
    preset: 'mnist-mlp-w',
    set: [`breaking.options.sparsity=${factor}`],
  })),
];

/** Where identity stands between chance and the best matching, by fixed scale, for W networks with all their fixed weights. */
const sharesByScale = (rows: readonly SummaryRow[]): readonly (readonly [number, number])[] =>
  rows
    .filter((row) => row.quantity === 'identity between random (0) and optimal (1)' && row['breaking'] === 'w' && row['sparsity'] === 1)
    .map((row) => [row['fixedScale'] as number, row.mean] as const)
    .sort((a, b) => a[0] - b[0]);

const last = ({ epochs }: Settings): number => Math.max(...epochs);

/** How well units of two models match as they are, at best and by chance: over training, fixed scale and sparsity. */
export const matchingObjective: Reproduction<Settings> = {
  id: 'matching-objective',
  title: 'Objective of activation matching',
  paper: papers.A,
  where: 'objective figures',
  summary: 'optimal, identity and random activation-matching objective over epochs, fixed scales and sparsity',
  cost: 'the trained populations of mnist-mlp-lmc and a run per fixed scale and sparsity, then minutes',
  settings,
  scale: (scale): Settings => {
    const few = Array.from({ length: 5 }, (_, epoch) => epoch);
    switch (scale) {
      case 'paper':
        return {
          ...{ seed: 1, model: paperShape, fixedScales: [0.1, 0.25, 0.5, 2, 4], sparsities: [0.25, 0.5, 1.5], samples: 10_000 },
          epochs: Array.from({ length: 21 }, (_, step) => 5 * step),
        };
      case 'small':
        return { seed: 1, model: paperShape, fixedScales: [0.25, 0.5, 2], sparsities: [0.25, 1.5], samples: 2_000, epochs: few };
      case 'smoke':
        return { seed: 1, model: { ...paperShape, width: 64 }, fixedScales: [2], sparsities: [0.5], samples: 200, epochs: [0, 1] };
      default:
        return scale satisfies never;
    }
  },
  populations: (chosen) =>
    [...main(), ...sweep(chosen)].map((population) => ({
      ...population,
      set: [...shapeOverrides(chosen.model, population), ...(population.set ?? [])],
    })),
  measurements: ({ samples, epochs }) => [{ measurements: [{ id: 'matching-objective' }], samples, epochs }],
  summarize({ 'matching-objective': objectives, models }, chosen) {
    const by = ['breaking', 'fixedScale', 'sparsity', 'matching'];
    const atEnd = objectives!.rows.filter(({ epoch, group }) => epoch === last(chosen) && group === null);
    return [
      ...aggregate(atEnd, { quantity: 'mean correlation of matched units', value: 'objective', by }),
      ...aggregate(atEnd, { quantity: 'identity between random (0) and optimal (1)', value: 'share', by: by.slice(0, 3) }),
      ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by: by.slice(0, 3) }),
    ];
  },
  across: 'matching',
  claims: [
    {
      statement: 'the objective of the identity approaches the optimal one as the fixed weights grow',
      paper: 'identity to optimal as the fixed scale grows',
      rule: 'where identity stands between random (0) and optimal (1) grows with the fixed scale (no step down by more than 0.05), to at least 0.9',
      check({ rows }) {
        const shares = sharesByScale(rows);
        const grows = shares.every(([, share], at) => at === 0 || share > shares[at - 1]![1] - 0.05);
        return {
          ours: shares.map(([scale, share]) => `${scale}: ${share.toFixed(2)}`).join(', '),
          holds: shares.length < 3 ? null : grows && shares.at(-1)![1] >= 0.9,
        };
      },
    },
    {
      statement: 'units of standard networks match by chance only as they are',
      paper: 'identity as random',
      rule: 'identity stands below 0.1 between random (0) and optimal (1)',
      check({ rows }) {
        const share = rows.find((row) => row.quantity.startsWith('identity between') && row['breaking'] === 'standard')?.mean;
        return { ours: share?.toFixed(3) ?? 'not measured', holds: share === undefined ? null : share < 0.1 };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'matching-objective', kind: 'lines', title: 'Matching objective over training', x: 'epoch', y: 'objective' },
      ...{ series: 'matching', where: { group: null }, facet: ['breaking', 'fixedScale', 'sparsity'] },
      caption: 'Mean over pairs and symmetry groups with one standard error.',
    },
    {
      ...{ table: 'at-the-end', kind: 'lines', title: 'Matching objective by fixed scale', x: 'fixedScale', y: 'objective' },
      ...{ series: 'matching', where: { breaking: 'w', sparsity: 1 } },
      caption: 'W networks after training.',
    },
    {
      ...{ table: 'at-the-end', kind: 'lines', title: 'Matching objective by sparsity', x: 'sparsity', y: 'objective' },
      ...{ series: 'matching', where: { breaking: 'w', fixedScale: 1 } },
      caption: 'W networks of fixed scale 1: sparsity multiplies the number of fixed weights.',
    },
  ],
  derive({ 'matching-objective': objectives }, chosen) {
    const rows = objectives!.rows.filter(({ epoch, group }) => epoch === last(chosen) && group === null);
    return { 'at-the-end': { columns: objectives!.columns, rows } };
  },
};
