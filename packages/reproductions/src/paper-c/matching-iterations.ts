import type { Reproduction } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { axis, label } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import {
  barrierQuantity,
  inCircuitForm,
  transformerPopulations,
  transformerScale,
  transformerSettings,
  withFacts,
  type AlignmentFacts,
} from './transformers.js';

const settings = z.strictObject({ ...transformerSettings, iterations: z.array(z.number().int().positive()).min(1) });
type Settings = z.output<typeof settings>;

const kinds = { rotations: false, permutations: true } as const;
type Kind = keyof typeof kinds;
const nameOf = (kind: Kind, iterations: number): string => `${kind}, ${iterations} iterations`;

const facts = ({ iterations }: Settings): AlignmentFacts => ({
  ...Object.fromEntries(
    (Object.keys(kinds) as Kind[]).flatMap((matching) =>
      iterations.map((count) => [nameOf(matching, count), { matching, iterations: count }] as const),
    ),
  ),
});

const table = 'iterations';

/** Barriers by iterations of weight matching (arXiv 2506.22712, figure 7). */
export const matchingIterations: Reproduction<Settings> = {
  id: 'matching-iterations',
  title: 'Iterations of weight matching',
  where: 'figure 7',
  paper: papers.C,
  summary: 'test-loss barrier by iterations of weight matching, with rotations and with permutations of the residual stream',
  cost: 'on 2 cores: smoke < 1 min, small 7 min; paper days on a GPU (estimated)',
  settings,
  scale: (scale) => ({ ...transformerScale(scale), iterations: scale === 'smoke' ? [1, 3] : [1, 2, 3, 5, 8, 15] }),
  populations: (own, scale) => transformerPopulations(own, scale),
  measurements: (own) =>
    inCircuitForm(
      [
        'none',
        ...own.iterations.flatMap((iterations) =>
          (Object.keys(kinds) as Kind[]).map((kind) => ({
            ...{ id: 'circuit-matching', name: nameOf(kind, iterations) },
            options: { iterations, permutationsOnly: kinds[kind] },
          })),
        ),
      ],
      own,
    ),
  derive: (tables, own) => ({
    [table]: withFacts(tables['linear-mode-connectivity']!, facts(own), [
      label('matching', 'what the residual stream may do'),
      axis('iterations', 'iterations of weight matching'),
    ]),
  }),
  summarize: ({ [table]: paths, 'linear-mode-connectivity': all }) => [
    ...aggregate(all!.rows, {
      ...{ quantity: barrierQuantity, value: 'lossBarrier', by: ['data', 'network', 'alignment'], where: { alignment: 'none' } },
    }),
    ...aggregate(paths!.rows, { quantity: barrierQuantity, value: 'lossBarrier', by: ['data', 'network', 'matching', 'iterations'] }),
  ],
  across: 'matching',
  claims: [
    {
      statement: 'with rotations barriers fall over the first iterations and then stay; with permutations they are flat',
      paper: 'falls until about five iterations; flat',
      rule: 'for GPT-2: with rotations the barrier of the fifth iteration below 0.95 of the first and the last within 15% of the fifth; with permutations the last within 15% of the first',
      check({ rows }, { iterations }) {
        const at = (matching: Kind, count: number) => numberAt(rows, barrierQuantity, { network: 'gpt2', matching, iterations: count });
        const last = iterations.at(-1)!;
        const values = [at('rotations', 1), at('rotations', 5), at('rotations', last), at('permutations', 1), at('permutations', last)];
        const ours = values.map((value) => value?.toFixed(3) ?? 'none').join(', ');
        if (values.some((value) => value === undefined)) return { ours, holds: null };
        const [first, fifth, end, permuted, permutedEnd] = values as [number, number, number, number, number];
        const near = (x: number, y: number): boolean => Math.abs(x - y) <= 0.15 * y;
        return { ours, holds: fifth < 0.95 * first && near(end, fifth) && near(permutedEnd, permuted) };
      },
    },
  ],
  figures: [
    {
      ...{ table, kind: 'lines', title: 'Barrier by iterations', x: 'iterations', y: 'lossBarrier', series: 'matching' },
      ...{ where: { lambda: null }, facet: ['data', 'network'] },
      caption: 'Mean over pairs with one standard error. The first iteration sees embeddings and head alone.',
    },
  ],
};
