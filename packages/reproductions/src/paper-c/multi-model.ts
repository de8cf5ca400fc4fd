import type { Reproduction } from '@basinlab/core';
import { z } from 'zod';
import { aggregate } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import {
  barrierQuantity,
  barriersOf,
  by,
  forEachNetwork,
  forms,
  learned,
  transformerPopulations,
  transformerScale,
  transformerSettings,
} from './transformers.js';

const table = 'simplex-connectivity';
const order = ['none', 'weight matching', 'learned'];
/** Models of a simplex. */
const corners = 3;
const settings = z.strictObject({
  ...transformerSettings,
  /** How many simplices, each of three other models. */
  simplices: z.number().int().positive(),
  /** Weights on the grid are multiples of one over this. */
  divisions: z.number().int().positive(),
});
type Settings = z.output<typeof settings>;

/** Loss on the simplex of three transformers (arXiv 2506.22712, figure 4). */
export const multiModel: Reproduction<Settings> = {
  id: 'multi-model',
  title: 'Several transformers at once',
  where: 'figure 4',
  paper: papers.C,
  summary: 'loss on the simplex of three GPT-2 and of three ViT: as they are, matched to a universe, and learned from there',
  cost: 'on 2 cores: smoke < 1 min, small 9 min; paper days on a GPU (estimated)',
  settings,
  scale: (scale) => ({
    ...transformerScale(scale),
    ...(scale === 'smoke' ? { simplices: 1, divisions: 2 } : { simplices: 2, divisions: 6 }),
  }),
  populations: (own, scale) => transformerPopulations(own, scale, { atLeast: corners * own.simplices }),
  measurements: (own) =>
    Object.entries(forms).flatMap(([network, form]) =>
      Array.from({ length: own.simplices }, (_, at) => ({
        measurements: [{ id: table, options: { models: corners, divisions: own.divisions } }],
        models: Array.from({ length: corners }, (_, corner) => corners * at + corner),
        ...{ form, samples: own.samples },
        alignments: ['none', { id: 'circuit-matching', name: 'weight matching' }, learned('learned', own)],
        on: (labels) => labels['network'] === network,
      })),
    ),
  summarize: ({ [table]: simplex }) => [
    ...aggregate(simplex!.rows, { quantity: barrierQuantity, value: 'barrier', by }),
    ...aggregate(simplex!.rows, { quantity: 'test loss of the mean model (nats)', value: 'meanLoss', by }),
    ...aggregate(simplex!.rows, { quantity: 'test accuracy of the mean model (%)', value: 'meanAccuracy', by }),
  ],
  across: 'alignment',
  claims: [
    {
      statement: 'between three models the loss falls from plain averaging through matching of weights to learned matching',
      paper: 'far above the plane through the ends; above; near it',
      rule: 'mean barriers over the simplex of both networks in this order, each lower than the one before',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => barriersOf(rows, network, order),
          (barriers) => barriers.every((barrier, at) => at === 0 || barrier < barriers[at - 1]!),
        ),
    },
  ],
  figures: [
    {
      ...{ table, kind: 'bars', title: 'Barriers over the simplex', x: 'alignment', y: 'barrier', facet: ['data', 'network'] },
      where: { point: null },
      caption:
        'Greatest test loss on a grid over the simplex of three models above the plane through their losses; mean over simplices with one standard error.',
    },
    {
      ...{ table, kind: 'bars', title: 'Loss of the mean model', x: 'alignment', y: 'meanLoss', facet: ['data', 'network'] },
      where: { point: null },
    },
  ],
};
