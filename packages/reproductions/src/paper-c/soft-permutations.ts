import type { Reproduction } from '@basinlab/core';
import { aggregate } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import {
  barrierQuantity,
  by,
  forEachNetwork,
  inCircuitForm,
  learned,
  numbersOf,
  pathFigure,
  transformerPopulations,
  transformerScale,
  transformerSchema,
  type TransformerSettings,
} from './transformers.js';

const [hard, soft] = ['learned, permutations only', 'learned, soft permutations'];
const loss = (end: string): string => `test loss at the ${end} (nats)`;
/** Shares of the second model. */
const places = { midpoint: 0.5, 'second end': 1 } as const;

/** Paths with permutations that stay soft (arXiv 2506.22712, figure 9). */
export const softPermutations: Reproduction<TransformerSettings> = {
  id: 'soft-permutations',
  title: 'Soft permutations',
  where: 'figure 9',
  paper: papers.C,
  summary: 'test loss along the path where learned permutations stay doubly stochastic, beside those that are permutations',
  cost: 'on 2 cores: smoke < 1 min, small 6 min; paper days on a GPU (estimated)',
  settings: transformerSchema,
  scale: transformerScale,
  populations: (own, scale) => transformerPopulations(own, scale),
  measurements: (own) =>
    inCircuitForm(
      [
        learned(hard, own, { permutationsOnly: true }),
        learned(soft, own, { permutationsOnly: true, soft: true, assign: false, noise: 0.1, learningRate: 10 * own.learningRate }),
      ],
      own,
    ),
  summarize: ({ 'linear-mode-connectivity': paths }) => [
    ...Object.entries(places).flatMap(([end, lambda]) =>
      aggregate(paths!.rows, { quantity: loss(end), value: 'loss', where: { lambda }, by }),
    ),
    ...aggregate(paths!.rows, { quantity: barrierQuantity, value: 'lossBarrier', by }),
  ],
  across: 'alignment',
  claims: [
    {
      statement: 'soft permutations lower the loss at the midpoint',
      paper: 'lower than with permutations',
      rule: 'mean loss at the midpoint lower with soft permutations than with permutations, for both networks',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => numbersOf(rows, loss('midpoint'), network, [hard, soft]),
          ([permuted, mixed]) => mixed! < permuted!,
        ),
    },
    {
      statement: 'soft permutations do not keep the second model what it was',
      paper: 'loss at that end is higher',
      rule: 'mean loss at the second end higher with soft permutations than with permutations, which keep it, for both networks',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => numbersOf(rows, loss('second end'), network, [hard, soft]),
          ([kept, mixed]) => mixed! > kept!,
        ),
    },
  ],
  figures: [pathFigure],
};
