import type { MeasurementPlan, Reproduction, SummaryRow } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { barrierQuantity, forms, learned, transformerPopulations, transformerScale, transformerSettings } from './transformers.js';

const settings = z.strictObject({
  ...transformerSettings,
  /** Of the residual stream of the wide models. */
  width: z.number().int().positive(),
  /** By which the width of the narrow models is smaller. */
  fractions: z.array(z.number().int().min(2)).min(1),
});
type Settings = z.output<typeof settings>;

const table = 'linear-mode-connectivity';
const alignments = ['none', 'weight matching', 'learned'];
const by = ['data', 'network', 'width', 'alignment'];

/** Barriers between GPT-2 of different widths (arXiv 2506.22712, figure 3c). */
export const widthHeterogeneous: Reproduction<Settings> = {
  id: 'width-heterogeneous',
  title: 'Transformers of different widths',
  where: 'figure 3c',
  paper: papers.C,
  summary: 'test loss between wide and narrow GPT-2, the narrow ones widened without a change of their function',
  cost: 'on 2 cores: smoke < 1 min, small 21 min; paper days on a GPU (estimated)',
  settings,
  scale: (scale) => {
    const own = transformerScale(scale);
    if (scale === 'smoke') return { ...own, width: 64, fractions: [4] };
    return scale === 'small' ? { ...own, width: 64, fractions: [2, 4, 8] } : { ...own, width: 512, fractions: [2, 4, 8, 16] };
  },
  populations: (own, scale) => {
    const { width, fractions } = own;
    const [gpt2] = transformerPopulations(own, scale);
    const ofWidth = (narrower: number) => ({ ...gpt2!, labels: { ...gpt2!.labels, width: narrower } });
    const wide = ofWidth(width);
    // Width is what differs: heads and units of MLPs are as many as in the wide models.
    const set = (narrower: number) => [...gpt2!.set!, `architecture.options.width=${narrower}`];
    return [
      scale === 'paper' ? { ...wide, set: set(width) } : wide,
      ...fractions.map((fraction) => ({ ...ofWidth(width / fraction), set: set(width / fraction) })),
    ];
  },
  measurements: (own) => [
    {
      measurements: [{ id: table, options: { points: own.points } }],
      ...{ form: forms.gpt2, samples: own.samples },
      alignments: [
        'none',
        { id: 'circuit-matching', name: 'weight matching' },
        learned('learned', own, { lambda: 'narrow-uniform-biased' }),
      ],
      onto: ({ width }) => width === own.width,
      on: ({ width }) => width !== own.width,
    } satisfies MeasurementPlan,
  ],
  summarize: ({ [table]: paths, models }) => [
    ...aggregate(paths!.rows, { quantity: barrierQuantity, value: 'lossBarrier', by }),
    ...aggregate(models!.rows, { quantity: 'test loss (nats)', value: 'loss', by: by.slice(0, 3) }),
  ],
  across: 'alignment',
  claims: [
    {
      statement: 'models of other widths connect: a barrier at or near zero after learned matching',
      paper: 'at or near zero for a half to a sixteenth of the width',
      rule: 'for every width: mean barrier after learned matching at most a tenth of that without alignment',
      check: ({ rows }, { width, fractions }) => {
        const found = fractions.map((fraction) => ({ width: width / fraction, barriers: barriersAt(rows, width / fraction) }));
        const isMeasured = found.every(({ barriers }) => barriers.every((barrier) => barrier !== undefined));
        return {
          ours: found
            .map(({ width: own, barriers }) => `${own}: ${barriers.map((barrier) => barrier?.toFixed(3) ?? 'not measured').join(', ')}`)
            .join('; '),
          holds: isMeasured ? found.every(({ barriers }) => barriers.at(-1)! <= 0.1 * barriers[0]!) : null,
        };
      },
    },
  ],
  figures: [
    {
      ...{ table, kind: 'lines', title: 'Loss along the path', x: 'lambda', y: 'loss', series: 'alignment', facet: ['width'] },
      caption: 'λ runs from the wide model to the widened narrow one; mean over pairs with one standard error.',
    },
    {
      ...{ table, kind: 'lines', title: 'Barriers by width', x: 'width', y: 'lossBarrier', series: 'alignment' },
      where: { lambda: null },
      caption: 'Highest test loss above the line between both ends, by the width of the narrow model.',
    },
  ],
};

const barriersAt = (rows: readonly SummaryRow[], width: number): (number | undefined)[] =>
  alignments.map((alignment) => numberAt(rows, barrierQuantity, { width, alignment }));
