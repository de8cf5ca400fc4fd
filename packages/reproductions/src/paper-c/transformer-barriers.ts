import type { Reproduction } from '@basinlab/core';
import { aggregate } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import {
  asTrained,
  barriersOf,
  barrierQuantity,
  by,
  forEachNetwork,
  inCircuitForm,
  learned,
  pathFigure,
  transformerPopulations,
  transformerScale,
  transformerSchema,
  type TransformerSettings,
} from './transformers.js';

/** Rows of table 2 that the paper has, in the order in which barriers should fall, and what it found on Tiny Shakespeare. */
const paperRows = { none: 2.02, 'activation matching': 1.43, 'weight matching': 0.34, learned: 0.02 } as const;
const more = { 'activation matching, permutations only': 1.43, 'learned, permutations only': 0.63 } as const;
const inPaper: Readonly<Record<string, number>> = { ...paperRows, ...more };
const order = Object.keys(paperRows) as (keyof typeof paperRows)[];

/** Barriers of transformers by how they are aligned (arXiv 2506.22712, table 2). */
export const transformerBarriers: Reproduction<TransformerSettings> = {
  id: 'transformer-barriers',
  title: 'Barriers of transformers',
  where: 'table 2',
  paper: papers.C,
  summary: 'test-loss barriers of pairs of GPT-2 and of ViT: as they are, by activations, by weights, and learned',
  cost: 'on 2 cores: smoke 1 min, small 19 min; paper days on a GPU (estimated)',
  settings: transformerSchema,
  scale: transformerScale,
  populations: (own, scale) => transformerPopulations(own, scale),
  measurements: (own) => [
    asTrained(['none', { id: 'weight-matching', name: 'weight matching without rewriting' }], own),
    ...inCircuitForm(
      [
        { id: 'activation-matching', name: 'activation matching, permutations only', options: { permutationsOnly: true } },
        { id: 'activation-matching', name: 'activation matching' },
        { id: 'circuit-matching', name: 'weight matching, permutations only', options: { permutationsOnly: true } },
        { id: 'circuit-matching', name: 'weight matching' },
        learned('learned, permutations only', own, { permutationsOnly: true }),
        learned('learned', own),
        learned('learned, both models moved', own, { dual: true }),
        learned('learned without data', own, { objective: 'distance' }),
      ],
      own,
    ),
  ],
  summarize: ({ 'linear-mode-connectivity': paths, models }) => [
    ...aggregate(paths!.rows, {
      ...{ quantity: barrierQuantity, value: 'lossBarrier', by },
      paper: ({ data, alignment }) => (data === 'Tiny Shakespeare' ? (inPaper[String(alignment)] ?? null) : null),
    }),
    ...aggregate(models!.rows, { quantity: 'test loss (nats)', value: 'loss', by: ['data', 'network'] }),
    ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by: ['data', 'network'] }),
  ],
  claims: [
    {
      statement: 'barriers fall from plain averaging through matching of activations and of weights to learned matching',
      paper: order.map((alignment) => paperRows[alignment]).join(', '),
      rule: 'mean barriers of both networks in this order, each lower than the one before; activations and weights with rotations of the residual stream',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => barriersOf(rows, network, order),
          (barriers) => barriers.every((barrier, at) => at === 0 || barrier < barriers[at - 1]!),
        ),
    },
    {
      statement: 'learned matching leaves next to no barrier',
      paper: 'at most 0.02 of 2.02',
      rule: 'barrier after learned matching at most a tenth of that of plain averaging, for both networks',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => barriersOf(rows, network, ['none', 'learned']),
          ([plain, last]) => last! <= 0.1 * plain!,
          ([plain, last]) => (plain === undefined || last === undefined ? 'not measured' : `${((100 * last) / plain).toFixed(1)}%`),
        ),
    },
    {
      statement: 'rotations of the residual stream help beyond permutations',
      paper: '0.02 against 0.63',
      rule: 'learned matching with rotations has a lower barrier than with permutations only, for both networks',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => barriersOf(rows, network, ['learned', 'learned, permutations only']),
          ([rotated, permuted]) => rotated! < permuted!,
        ),
    },
  ],
  figures: [
    {
      ...{ table: 'linear-mode-connectivity', kind: 'bars', title: 'Loss barriers', x: 'alignment', y: 'lossBarrier' },
      ...{ where: { lambda: null }, facet: ['data', 'network'] },
      caption: 'Highest test loss on the path above the line between both ends; mean over pairs with one standard error.',
    },
    pathFigure,
    {
      ...{ table: 'training', kind: 'lines', title: 'Loss over training', x: 'epoch', y: 'loss', series: 'split' },
      facet: ['data', 'network'],
      caption: 'Train loss as seen while training; mean over models.',
    },
  ],
};
