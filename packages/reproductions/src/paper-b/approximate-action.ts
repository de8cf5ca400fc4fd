import { approximateAction, randomMatrix } from '@basinlab/connectivity';
import type { MeasurementRow, Reproduction } from '@basinlab/core';
import { childKey, foldIn, randomInt } from '@basinlab/core/random';
import { z } from 'zod';
import { axis, label, value } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import { pause } from '../shared/pause.js';

const count = z.number().int().positive();
const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  networks: count,
  /** Inputs, hidden units, outputs and batch are drawn evenly from this range. */
  sizes: z.tuple([count, count]).refine(([low, high]) => low <= high, 'a range, lower end first'),
});
type Settings = z.output<typeof settings>;

const columns = [
  axis('number', 'number of the network'),
  label('batch', 'whether the hidden activations of the batch can be independent'),
  value('bound', 'size of the output, the bound on its change'),
  value('change', 'change of the output'),
  value('ratio', 'change / bound'),
  value('drawn', 'change, at least 1e-10 of the bound: what is less is rounding'),
];
const exactBatch = 'at most the width';

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

const within = 'networks within the bound';
const exact = 'largest change / bound, batch at most the width';

/** Figure 3a of paper B. */
export const approximateActionFigure: Reproduction<Settings> = {
  id: 'connectivity-approximate-action',
  title: 'The approximate action of matrices on nonlinear layers',
  paper: papers.B,
  where: 'figure 3a',
  summary: 'loss change of the approximate group action on 100 two-layer sigmoid networks',
  cost: 'seconds',
  settings,
  scale: (scale): Settings => ({
    ...{ seed: 1, networks: scale === 'smoke' ? 12 : 100 },
    sizes: scale === 'smoke' ? [2, 20] : [2, 100],
  }),
  async *compute({ networks, sizes: [low, high] }, { key, signal, progress }) {
    const rows: MeasurementRow[] = [];
    for (let number = 1; number <= networks; number++) {
      const own = foldIn(key, number);
      const sizes = randomInt(childKey(own, 'sizes'), 4, low, high + 1);
      const [inputs, hidden, outputs, batch] = [sizes[0]!, sizes[1]!, sizes[2]!, sizes[3]!];
      const draw = (name: string, height: number, width: number) => randomMatrix(childKey(own, name), height, width);
      const layers = { u: draw('U', outputs, hidden), v: draw('V', hidden, inputs) };
      const { change, bound } = approximateAction(layers, draw('g', hidden, hidden), draw('X', inputs, batch), sigmoid);
      const drawn = Math.max(change, 1e-10 * bound);
      rows.push({ number, batch: batch <= hidden ? exactBatch : 'larger', bound, change, ratio: change / bound, drawn });
      progress('networks', number, networks);
      await pause(signal);
    }
    yield { table: 'networks', columns, rows };
  },
  work: ({ networks, sizes: [, high] }) => networks * high ** 3,
  summarize({ networks }) {
    const ratios = networks!.rows.map(({ ratio }) => Number(ratio));
    const exactRatios = networks!.rows.filter(({ batch }) => batch === exactBatch).map(({ ratio }) => Number(ratio));
    const row = (quantity: string, mean: number, paper: number | null = null) => ({ quantity, mean, standardError: null, paper });
    return [
      row('networks', ratios.length, 100),
      row(within, ratios.filter((ratio) => ratio <= 1 + 1e-12).length, 100),
      row('largest change / bound', Math.max(...ratios)),
      row('networks with a batch of at most their width', exactRatios.length),
      row(exact, Math.max(0, ...exactRatios)),
    ];
  },
  claims: [
    {
      statement: 'the output changes by no more than its own size (proposition 6.1)',
      paper: '100 of 100 networks',
      rule: 'no network beyond the bound, rounding aside',
      check({ rows }, { networks }) {
        const found = rows.find(({ quantity }) => quantity === within)!.mean;
        return { ours: `${found} of ${networks}`, holds: found === networks };
      },
    },
    {
      statement: 'the action is exact where the hidden activations of the batch are linearly independent',
      paper: 'no change',
      rule: 'change below 1e-6 of the bound wherever the batch is at most as large as the hidden layer',
      check({ rows }) {
        const found = rows.find(({ quantity }) => quantity === exact)!.mean;
        return { ours: `at most ${found.toExponential(1)}`, holds: found < 1e-6 };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'networks', kind: 'scatter', title: 'Change of the output against its bound', x: 'bound', y: 'drawn', series: 'batch' },
      ...{ scale: 'log', xScale: 'log', diagonal: true },
      caption: 'Dashed: the bound. Every network lies below. Changes of less than 1e-10 of it are rounding and drawn there.',
    },
  ],
  lead: () => [
    'V is multiplied by a random matrix g, and U takes back what that changes on a batch as well as a linear map can: (U, V) → (U σ(VX) σ(gVX)⁺, gV).',
  ],
};
