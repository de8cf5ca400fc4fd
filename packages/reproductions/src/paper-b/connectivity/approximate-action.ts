import { approximateAction, randomMatrix } from '@basinlab/connectivity';
import { childKey, foldIn, keyFromSeed, randomInt } from '@basinlab/core/random';
import { linesFigure, type Table } from '@basinlab/report';
import { z } from 'zod';
import type { Scale } from '@basinlab/core';
import type { Computation, ComputationContext, ComputationResult, Summary } from '../../shared/contract.js';
import { readPoints, writePoints, type FigurePoint } from './points.js';
import { assembleReport, short } from './report.js';

const count = z.number().int().positive();
const configSchema = z.strictObject({
  seed: z.number().int().nonnegative(),
  networks: count,
  /** Inputs, hidden units, outputs and batch are drawn evenly from this range. */
  sizes: z.tuple([count, count]).refine(([low, high]) => low <= high, 'a range, lower end first'),
});
type Config = z.output<typeof configSchema>;

const defaults = (scale: Scale): Config => ({
  seed: 1,
  networks: scale === 'smoke' ? 12 : 100,
  sizes: scale === 'smoke' ? [2, 20] : [2, 100],
});

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

async function run({ seed, networks, sizes }: Config, { out, emit, signal }: ComputationContext): Promise<ComputationResult> {
  const [low, high] = sizes;
  const measured = [];
  for (let index = 0; index < networks; index++) {
    signal.throwIfAborted();
    const key = foldIn(keyFromSeed(seed), index);
    const [inputs, hidden, outputs, batch] = randomInt(childKey(key, 'sizes'), 4, low, high + 1) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const draw = (name: string, rows: number, columns: number) => randomMatrix(childKey(key, name), rows, columns);
    const layers = { u: draw('U', outputs, hidden), v: draw('V', hidden, inputs) };
    const { change, bound } = approximateAction(layers, draw('g', hidden, hidden), draw('X', inputs, batch), sigmoid);
    measured.push({ change, bound, ratio: change / bound, exact: batch <= hidden });
    emit({ kind: 'progress', stage: 'networks', done: index + 1, total: networks, unit: 'network' });
    // Lets Ctrl-C in between.
    await new Promise(setImmediate);
  }
  await writePoints(
    out,
    measured.map(({ change, bound, exact }): FigurePoint => ({
      figure: 'bound',
      panel: 'two-layer sigmoid networks',
      series: exact ? 'batch at most the width' : 'larger batch',
      x: bound,
      // Rounding only, drawn at the foot of the logarithmic axis.
      y: Math.max(change, 1e-10 * bound),
    })),
  );
  const ratios = measured.map(({ ratio }) => ratio);
  const row = (quantity: string, mean: number, paper: number | null) => ({ quantity, mean, standardError: null, paper });
  return {
    seeds: { seed },
    rows: [
      row('networks', networks, 100),
      row('networks within the bound', ratios.filter((ratio) => ratio <= 1 + 1e-12).length, 100),
      row('largest change / bound', Math.max(...ratios), null),
      row('networks with a batch of at most their width', measured.filter(({ exact }) => exact).length, null),
      row('largest change / bound of those', Math.max(0, ...measured.filter(({ exact }) => exact).map(({ ratio }) => ratio)), null),
    ],
    details: {},
  };
}

const table = ({ rows }: Summary): Table => ({
  caption: 'Change of the output under the approximate action of a random matrix',
  columns: [{ header: '' }, { header: 'measured', align: 'right' }, { header: 'paper', align: 'right' }],
  rows: rows.map((row) => [row.quantity, short(row.mean), row.paper === null ? null : String(row.paper)]),
});

async function report(summary: Summary, out: string): ReturnType<Computation['report']> {
  const points = await readPoints(out);
  return assembleReport(summary, {
    title: 'The approximate action of matrices on nonlinear layers',
    lead: [
      'V is multiplied by a random matrix g, and U takes back what that changes on a batch as well as a linear map can: (U, V) → (U σ(VX) σ(gVX)⁺, gV). Proposition 6.1 says that the output changes by no more than its own size; it does not change at all where the hidden activations of the batch are linearly independent.',
    ],
    sections: [
      {
        heading: 'Change against its bound',
        tables: [table(summary)],
        figures: [
          {
            name: 'bound',
            figure: linesFigure(points('bound'), {
              title: 'Every network lies below the diagonal',
              xLabel: '||U σ(VX)||',
              yLabel: 'change of the output',
              xScale: 'log',
              yScale: 'log',
              dots: true,
              diagonal: true,
            }),
            caption: 'Dashed: the bound. Changes of less than 1e-10 of it are rounding and drawn there.',
          },
        ],
      },
    ],
  });
}

/** Figure 3a of paper B. */
export const connectivityApproximateAction: Computation<Config> = {
  id: 'connectivity-approximate-action',
  config: configSchema,
  defaults,
  run,
  table,
  report,
};
