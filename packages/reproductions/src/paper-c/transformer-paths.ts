import type { Reproduction } from '@basinlab/core';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import {
  asTrained,
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

const quantity = 'test loss in the middle, above the ends (nats)';

/** Losses along the path between transformers (arXiv 2506.22712, figures 3a and 3b). */
export const transformerPaths: Reproduction<TransformerSettings> = {
  id: 'transformer-paths',
  title: 'Paths between transformers',
  where: 'figures 3a and 3b',
  paper: papers.C,
  summary: 'test loss along the path between two transformers: as they are, by weights, and learned, at many points',
  cost: 'on 2 cores: smoke < 1 min, small 6 min; paper days on a GPU (estimated)',
  settings: transformerSchema,
  scale: (scale) => ({ ...transformerScale(scale), ...(scale === 'smoke' ? {} : { points: 25 }) }),
  populations: (own, scale) => transformerPopulations(own, scale),
  measurements: (own) => [
    asTrained(['none'], own),
    ...inCircuitForm([{ id: 'circuit-matching', name: 'weight matching' }, learned('learned', own)], own),
  ],
  summarize: ({ 'linear-mode-connectivity': paths }) => aggregate(paths!.rows, { quantity, value: 'midpointAboveChord', by }),
  across: 'alignment',
  claims: [
    {
      statement: 'the path is high in the middle as models are, lower after weight matching, flat after learned matching',
      paper: 'losses of 7.5, 5.6 and 5.3 on Tiny Shakespeare',
      rule: 'for both networks: the middle after learned matching above the ends by at most a tenth of what it is without alignment, weight matching in between',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => ['none', 'weight matching', 'learned'].map((alignment) => numberAt(rows, quantity, { network, alignment })),
          ([plain, matched, last]) => last! <= 0.1 * plain! && matched! < plain! && last! < matched!,
        ),
    },
  ],
  figures: [pathFigure],
};
