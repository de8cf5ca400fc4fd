import type { Reproduction } from '@basinlab/core';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import {
  asTrained,
  barrierQuantity,
  forEachNetwork,
  inCircuitForm,
  learned,
  transformerPopulations,
  transformerScale,
  transformerSchema,
  type TransformerSettings,
} from './transformers.js';

const breakings = ['standard', 'w', 'syre'] as const;
const by = ['data', 'network', 'breaking', 'alignment'];

/** Paper A's question asked of transformers: whether those whose units cannot be exchanged connect without alignment, and what that costs. */
export const transformerIdentifiability: Reproduction<TransformerSettings> = {
  id: 'transformer-identifiability',
  title: 'Transformers whose units cannot be exchanged',
  where: 'beyond the paper: the question of arXiv 2606.04754 for transformers',
  paper: papers.C,
  summary: 'barriers of pairs of W and syre transformers without alignment, beside ordinary ones, and their test losses',
  cost: 'on 2 cores: smoke < 1 min, small 20 min; paper days on a GPU (estimated)',
  settings: transformerSchema,
  scale: (scale) => ({ ...transformerScale(scale), ...(scale === 'small' ? { steps: 400 } : {}) }),
  populations: (own, scale) =>
    transformerPopulations(own, scale).flatMap(({ labels, preset, set = [] }) =>
      breakings.map((breaking) => ({
        labels: { ...labels, breaking },
        preset: preset!.replace('standard', breaking),
        // Ordinary ones are those of the other figures.
        set: scale === 'smoke' || breaking === 'standard' ? set : [...set, 'training.models=4'],
      })),
    ),
  measurements: (own) => [
    asTrained(['none'], own),
    ...inCircuitForm([{ id: 'circuit-matching', name: 'weight matching' }, learned('learned', own)], own),
  ],
  summarize: ({ 'linear-mode-connectivity': paths, models }) => [
    ...aggregate(paths!.rows, { quantity: barrierQuantity, value: 'lossBarrier', by }),
    ...aggregate(models!.rows, { quantity: 'test loss (nats)', value: 'loss', by: ['data', 'network', 'breaking'] }),
  ],
  across: 'alignment',
  claims: [
    {
      statement: 'W transformers have a lower barrier without alignment than ordinary ones',
      paper: 'shown for MLPs and residual networks only',
      rule: 'for both networks: the unaligned barrier of W transformers at most half that of ordinary ones',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => ['w', 'standard'].map((breaking) => numberAt(rows, barrierQuantity, { network, breaking, alignment: 'none' })),
          ([own, plain]) => own! <= 0.5 * plain!,
        ),
    },
  ],
  figures: [
    {
      ...{ table: 'linear-mode-connectivity', kind: 'bars', title: 'Loss barriers', x: 'alignment', y: 'lossBarrier' },
      ...{ where: { lambda: null }, facet: ['data', 'network', 'breaking'] },
      caption: 'Highest test loss on the path above the line between both ends; mean over pairs with one standard error.',
    },
    {
      ...{ table: 'training', kind: 'lines', title: 'Loss over training', x: 'epoch', y: 'loss', series: 'split' },
      facet: ['data', 'network', 'breaking'],
      caption: 'Train loss as seen while training; mean over models.',
    },
  ],
};
