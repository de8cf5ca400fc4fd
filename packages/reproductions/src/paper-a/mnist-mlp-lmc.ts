import type { Reproduction, SummaryRow } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { mnistPopulations, modelSchema, paperShape, shapeOverrides } from '../shared/mlp-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  model: modelSchema,
  alignments: z.array(z.string()).min(1),
  splits: z.array(z.enum(['train', 'validation', 'test'])).min(1),
  /** On every path, both ends included. */
  points: z.number().int().min(3),
  /** Training samples on which activations are compared. */
  samples: z.number().int().min(2),
});
type Settings = z.output<typeof settings>;

const by = ['split', 'breaking', 'fixedScale', 'alignment'];

const barrier = (
  rows: readonly SummaryRow[],
  split: string,
  breaking: string,
  fixedScale: number | null,
  alignment: string,
): number | null => numberAt(rows, 'accuracy barrier (%)', { split, breaking, fixedScale, alignment }) ?? null;
const shown = (value: number | null): string => (value === null ? 'not measured' : `${value.toFixed(2)}%`);

/** The paper's central experiment: do populations with and without exchangeable neurons connect linearly, as they are and aligned? */
export const mnistMlpLmc: Reproduction<Settings> = {
  id: 'mnist-mlp-lmc',
  title: 'Linear mode connectivity of MNIST MLPs',
  paper: papers.A,
  where: 'LMC figure, MLP',
  summary: 'unaligned and aligned linear mode connectivity of standard, W and syre MLPs on MNIST',
  cost: 'on 2 cores: smoke < 1 min, small 2 min, paper 3-5 h',
  settings,
  scale: (scale): Settings => {
    const paper: Settings = {
      ...{ seed: 1, model: paperShape, alignments: ['none', 'weight-matching', 'activation-matching'], splits: ['train', 'test'] },
      ...{ points: 37, samples: 10_000 },
    };
    if (scale === 'paper') return paper;
    const test: Settings = { ...paper, splits: ['test'] };
    return scale === 'small'
      ? { ...test, points: 11, samples: 5_000 }
      : { ...test, model: { ...paperShape, width: 64 }, points: 5, samples: 500 };
  },
  populations: ({ model }) =>
    Object.values(mnistPopulations).map((population) => ({ ...population, set: shapeOverrides(model, population) })),
  measurements: ({ alignments, splits, points, samples }) => [
    { measurements: [{ id: 'linear-mode-connectivity', options: { points } }], alignments, splits, samples },
  ],
  summarize({ 'linear-mode-connectivity': paths, models }) {
    return [
      ...aggregate(paths!.rows, { quantity: 'accuracy barrier (%)', value: 'accuracyBarrier', by }),
      ...aggregate(paths!.rows, { quantity: 'loss barrier (nats)', value: 'lossBarrier', by }),
      ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by: ['breaking', 'fixedScale'] }),
    ];
  },
  across: 'alignment',
  claims: [
    {
      statement: 'standard networks and W networks with fixed scale 0 have a barrier unaligned, and less of one aligned by activations',
      paper: 'high; low when aligned',
      rule: 'unaligned accuracy barrier below -1%, and at most half of it after activation matching, for both',
      check({ rows }, { splits }) {
        const pairs = [null, 0].map((scale) => {
          const of = (alignment: string) => barrier(rows, splits[0]!, scale === null ? 'standard' : 'w', scale, alignment);
          return [of('none'), of('activation-matching')] as const;
        });
        const holds = pairs.some(([none, aligned]) => none === null || aligned === null)
          ? null
          : pairs.every(([none, aligned]) => none! < -1 && aligned! > none! / 2);
        return { ours: pairs.map(([none, aligned]) => `${shown(none)} to ${shown(aligned)}`).join('; '), holds };
      },
    },
    {
      statement: 'W networks with fixed scale 1 and syre networks connect without alignment',
      paper: 'about 0; low',
      rule: 'unaligned accuracy barrier above -1% for both',
      check({ rows }, { splits }) {
        const found = ['w', 'syre'].map((breaking) => barrier(rows, splits[0]!, breaking, 1, 'none'));
        return { ours: found.map(shown).join('; '), holds: found.includes(null) ? null : found.every((value) => value! > -1) };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'linear-mode-connectivity', kind: 'lines', title: 'Accuracy along the path', x: 'lambda', y: 'accuracy' },
      ...{ series: 'alignment', facet: ['split', 'breaking', 'fixedScale'] },
      caption: 'Mean over pairs with one standard error; λ runs from the first model of a pair to the second.',
    },
    {
      ...{ table: 'linear-mode-connectivity', kind: 'lines', title: 'Loss along the path', x: 'lambda', y: 'loss' },
      ...{ series: 'alignment', facet: ['split', 'breaking', 'fixedScale'] },
      caption: 'The same for the loss.',
    },
    {
      ...{ table: 'linear-mode-connectivity', kind: 'bars', title: 'Accuracy barriers', x: 'alignment', y: 'accuracyBarrier' },
      ...{ where: { lambda: null }, facet: ['split', 'breaking', 'fixedScale'] },
      caption: 'Lowest accuracy on the path below the better end, in percent of it: 0 is no barrier.',
    },
    {
      ...{ table: 'training', kind: 'lines', title: 'Accuracy over training', x: 'epoch', y: 'accuracy', series: 'split' },
      ...{ facet: ['breaking', 'fixedScale'] },
      caption: 'Train accuracy as seen while training; mean over models.',
    },
  ],
  lead: (rows, { splits }) => [
    `On the straight path between two standard networks ${splits[0]} accuracy falls by ${shown(barrier(rows, splits[0]!, 'standard', null, 'none')).replace('-', '')} of its value at the better end; between W networks with fixed scale 1, whose neurons cannot be exchanged, by ${shown(barrier(rows, splits[0]!, 'w', 1, 'none')).replace('-', '')} without any alignment.`,
  ],
};
