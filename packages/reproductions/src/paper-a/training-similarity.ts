import type { Reproduction, SummaryRow } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { mnistPopulations, modelSchema, paperShape, shapeOverrides } from '../shared/mlp-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  model: modelSchema,
  epochs: z.array(z.number().int().nonnegative()).min(2),
  /** Inputs of the tangent kernels. */
  kernelSamples: z.number().int().min(2),
  samples: z.number().int().min(2),
});
type Settings = z.output<typeof settings>;

const by = ['breaking', 'fixedScale'];
const cosines = 'cosine of all updates of two models';
const found = (rows: readonly SummaryRow[], quantity: string): (number | undefined)[] =>
  [['standard', null] as const, ['w', 1] as const].map(([breaking, fixedScale]) => numberAt(rows, quantity, { breaking, fixedScale }));
const shown = (values: readonly (number | undefined)[]): string => values.map((value) => value?.toFixed(3) ?? 'not measured').join('; ');

/** How alike training makes two models: their updates, their predictions and their tangent kernels over epochs. */
export const trainingSimilarity: Reproduction<Settings> = {
  id: 'training-similarity',
  title: 'How alike two trainings are',
  paper: papers.A,
  where: 'similarity over training',
  summary: 'update cosines, functional similarity and tangent kernels of pairs of models over epochs',
  cost: 'the trained populations of mnist-mlp-lmc, then minutes',
  settings,
  scale: (scale): Settings => {
    switch (scale) {
      case 'paper':
        return {
          seed: 1,
          model: paperShape,
          epochs: Array.from({ length: 21 }, (_, step) => 5 * step),
          kernelSamples: 1000,
          samples: 10_000,
        };
      case 'small':
        return { seed: 1, model: paperShape, epochs: [0, 1, 2, 3, 4], kernelSamples: 200, samples: 5000 };
      case 'smoke':
        return { seed: 1, model: { ...paperShape, width: 64 }, epochs: [0, 1], kernelSamples: 20, samples: 200 };
      default:
        return scale satisfies never;
    }
  },
  populations: ({ model }) =>
    Object.values(mnistPopulations).map((population) => ({ ...population, set: shapeOverrides(model, population) })),
  measurements: ({ epochs, kernelSamples, samples }) => [
    {
      measurements: [
        { id: 'update-cosine-similarity' },
        { id: 'tangent-kernel-change', options: { samples: kernelSamples } },
        { id: 'functional-similarity' },
      ],
      epochs,
      samples,
    },
  ],
  summarize({ 'update-cosine-similarity': updates, 'tangent-kernel-change': kernels, 'functional-similarity': functions }, { epochs }) {
    const end = Math.max(...epochs);
    const at = { epoch: end };
    return [
      ...aggregate(updates!.rows, { quantity: cosines, value: 'cosine', by, where: { ...at, since: 'first epoch' } }),
      ...aggregate(functions!.rows, { quantity: 'share of equal predictions', value: 'value', by, where: at }),
      ...aggregate(kernels!.rows, {
        quantity: 'alignment of tangent kernels of two models',
        value: 'cka',
        by,
        where: { ...at, against: 'other model' },
      }),
      ...aggregate(kernels!.rows, {
        quantity: 'alignment of the tangent kernel with its start',
        value: 'cka',
        by,
        where: { ...at, against: 'first epoch' },
      }),
    ];
  },
  claims: [
    {
      statement: 'models without exchangeable neurons move in a common direction, standard ones do not',
      paper: 'curves only',
      rule: 'cosine of all updates above 0.2 for W networks of fixed scale 1, below 0.1 for standard ones',
      check({ rows }) {
        const [plain, w] = found(rows, cosines);
        return { ours: shown([plain, w]), holds: plain === undefined || w === undefined ? null : plain < 0.1 && w > 0.2 };
      },
    },
  ],
  figures: [
    {
      ...{
        table: 'update-cosine-similarity',
        kind: 'lines',
        title: 'Cosine similarity of updates',
        x: 'epoch',
        y: 'cosine',
        series: 'since',
        facet: by,
      },
      caption: 'Mean over pairs with one standard error.',
    },
    {
      ...{
        table: 'functional-similarity',
        kind: 'lines',
        title: 'Share of equal predictions',
        x: 'epoch',
        y: 'value',
        series: 'breaking',
        facet: ['fixedScale'],
      },
      caption: 'Test split.',
    },
    {
      ...{
        table: 'tangent-kernel-change',
        kind: 'lines',
        title: 'Alignment of tangent kernels',
        x: 'epoch',
        y: 'cka',
        series: 'against',
        facet: by,
      },
      caption: 'Centred kernel alignment with the first epoch, the epoch before, and the other model of a pair.',
    },
  ],
};
