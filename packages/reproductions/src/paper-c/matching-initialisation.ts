import type { Reproduction } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { axis, label } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import {
  barrierQuantity,
  forEachNetwork,
  inCircuitForm,
  learned,
  transformerPopulations,
  transformerScale,
  transformerSettings,
  withFacts,
} from './transformers.js';

const settings = z.strictObject({ ...transformerSettings, lengths: z.array(z.number().int().positive()).min(1) });
type Settings = z.output<typeof settings>;

const starts = { 'weight matching': 'matching', identity: 'identity' } as const;
type Start = keyof typeof starts;
const names = Object.keys(starts) as Start[];
const nameOf = (start: Start, steps: number): string => `from ${start}, ${steps} steps`;
const table = 'lengths';

/** Learned matching by where it begins (arXiv 2506.22712, figure 8). */
export const matchingInitialisation: Reproduction<Settings> = {
  id: 'matching-initialisation',
  title: 'Where learned matching begins',
  where: 'figure 8',
  paper: papers.C,
  summary: 'test-loss barrier by steps of learned matching that begins at weight matching, or at the identity',
  cost: 'on 2 cores: smoke < 1 min, small 11 min; paper days on a GPU (estimated)',
  settings,
  scale: (scale) => ({ ...transformerScale(scale), lengths: { smoke: [4], small: [100, 400], paper: [1000, 2500, 5000, 10_000] }[scale] }),
  populations: (own, scale) => transformerPopulations(own, scale),
  measurements: (own) =>
    inCircuitForm(
      [
        'none',
        { id: 'circuit-matching', name: 'weight matching' },
        ...own.lengths.flatMap((steps) => names.map((start) => learned(nameOf(start, steps), { ...own, steps }, { start: starts[start] }))),
      ],
      own,
    ),
  derive: (tables, { lengths }) => ({
    [table]: withFacts(
      tables['linear-mode-connectivity']!,
      {
        none: { start: 'identity', steps: 0 },
        'weight matching': { start: 'weight matching', steps: 0 },
        ...Object.fromEntries(lengths.flatMap((steps) => names.map((start) => [nameOf(start, steps), { start, steps }] as const))),
      },
      [label('start', 'where learned matching begins'), axis('steps', 'steps of learned matching')],
    ),
  }),
  summarize: ({ [table]: paths }) =>
    aggregate(paths!.rows, { quantity: barrierQuantity, value: 'lossBarrier', by: ['data', 'network', 'start', 'steps'] }),
  across: 'start',
  claims: [
    {
      statement: 'from weight matching on, learned matching soon leaves no barrier; from the identity on it does not',
      paper: 'zero after one or two epochs; still positive after fifteen',
      rule: 'for both networks, after the most steps: the barrier from weight matching at most half of that from the identity',
      check({ rows }, { lengths }) {
        const steps = Math.max(...lengths);
        return forEachNetwork(
          (network) => names.map((start) => numberAt(rows, barrierQuantity, { network, start, steps })),
          ([matched, plain]) => matched! <= 0.5 * plain!,
        );
      },
    },
  ],
  figures: [
    {
      ...{ table, kind: 'lines', title: 'Barrier by steps', x: 'steps', y: 'lossBarrier', series: 'start' },
      ...{ where: { lambda: null }, facet: ['data', 'network'] },
      caption: 'Mean over pairs with one standard error; each length is a descent of its own.',
    },
  ],
};
