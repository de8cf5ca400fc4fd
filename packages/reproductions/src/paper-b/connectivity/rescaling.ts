import {
  bestPermutation,
  forward,
  interpolateChains,
  leakyRelu,
  Matrix,
  randomMatrix,
  rescale,
  rescaledPathLoss,
  frobenius,
} from '@basinlab/connectivity';
import type { Chain } from '@basinlab/connectivity';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { linesFigure, type Table } from '@basinlab/report';
import { z } from 'zod';
import type { Scale } from '@basinlab/core';
import type { Computation, ComputationContext, ComputationResult, Summary, SummaryRow } from '../../shared/contract.js';
import { readPoints, writePoints, type FigurePoint } from './points.js';
import { assembleReport, short } from './report.js';

const count = z.number().int().positive();
const configSchema = z.strictObject({
  seed: z.number().int().nonnegative(),
  layers: count.min(2),
  width: count.max(8, 'at most 8 units: all permutations of the last hidden layer are tried'),
  batch: count,
  /** Slope of the leaky ReLU below 0. */
  slope: z.number().positive().max(1),
  factors: z.array(z.number().positive()).min(1),
  points: count.min(3),
});
type Config = z.output<typeof configSchema>;

const defaults = (scale: Scale): Config => ({
  seed: 1,
  layers: 5,
  width: scale === 'smoke' ? 4 : 7,
  batch: 8,
  slope: 0.1,
  factors: scale === 'smoke' ? [2, 100] : [1.5, 2, 5, 10, 20, 50, 100, 1000],
  points: scale === 'paper' ? 201 : 41,
});

interface FactorRow extends SummaryRow {
  readonly factor: number;
  readonly closedForm: number;
  readonly afterPermutation: number;
}

async function run(config: Config, { out, emit, signal }: ComputationContext): Promise<ComputationResult> {
  const { seed, layers, width, batch, slope, factors, points } = config;
  const key = keyFromSeed(seed);
  const activation = leakyRelu(slope);
  const chain: Chain = Array.from({ length: layers }, (_, layer) =>
    randomMatrix(childKey(key, `layers.${layer}`), width, width, Math.sqrt(2 / width)),
  );
  const x = randomMatrix(childKey(key, 'X'), width, batch);
  // The network is a minimum of zero loss for its own outputs.
  const y = forward(chain, x, activation);
  const loss = (model: Chain): number => (frobenius(Matrix.sub(forward(model, x, activation), y)) / frobenius(y)) ** 2;
  const curves: FigurePoint[] = [];
  const rows: FactorRow[] = [];
  for (const [index, factor] of factors.entries()) {
    signal.throwIfAborted();
    const moved = rescale(chain, factor, activation.degree);
    for (let i = 0; i < points; i++) {
      const t = i / (points - 1);
      curves.push({
        figure: 'paths',
        panel: `${layers} layers of ${width} units`,
        series: `m = ${factor}`,
        x: t,
        y: loss(interpolateChains(chain, moved, t)),
      });
    }
    const measured = loss(interpolateChains(chain, moved, 0.5));
    const permuted = bestPermutation(moved, (candidate) => loss(interpolateChains(chain, candidate, 0.5)));
    rows.push({
      quantity: 'midpoint loss / ||Y||²',
      factor,
      mean: measured,
      standardError: null,
      paper: null,
      closedForm: rescaledPathLoss(factor, activation.degree),
      afterPermutation: permuted.loss,
    });
    emit({ kind: 'progress', stage: 'rescaling', done: index + 1, total: factors.length, unit: 'factor' });
    await new Promise(setImmediate);
  }
  const growth = rows.flatMap((row): FigurePoint[] =>
    Object.entries({ measured: row.mean, 'closed form': row.closedForm, 'after the best permutation': row.afterPermutation }).map(
      ([series, value]) => ({
        figure: 'growth',
        panel: 'midpoint',
        series,
        x: row.factor,
        y: value,
      }),
    ),
  );
  await writePoints(out, [...curves, ...growth]);
  return { seeds: { seed }, rows, details: {} };
}

const table = ({ rows }: Summary): Table => ({
  caption: 'Loss in the middle between a minimum and its rescaled self, in units of ||Y||²',
  columns: [
    { header: 'factor m', align: 'right' },
    { header: 'measured', align: 'right' },
    { header: 'closed form', align: 'right' },
    { header: 'after the best permutation', align: 'right' },
  ],
  rows: (rows as readonly FactorRow[]).map((row) => [
    short(row.factor),
    short(row.mean),
    short(row.closedForm),
    short(row.afterPermutation),
  ]),
});

async function report(summary: Summary, out: string): ReturnType<Computation['report']> {
  const points = await readPoints(out);
  return assembleReport(summary, {
    title: 'Straight lines between rescaled minima have no bound',
    lead: [
      'The last hidden layer of a network with leaky ReLU is multiplied by m and the layer after it divided by m: the function is the same, and so is the loss of 0. On the straight line between the two the output is multiplied by (1 - t + t/m)(1 - t + t m), so that the loss grows without bound with m (proposition 5.3), also after the best permutation of the units in between (proposition 5.4).',
    ],
    sections: [
      {
        heading: 'Loss on the line',
        tables: [table(summary)],
        figures: [
          {
            name: 'paths',
            figure: linesFigure(points('paths'), {
              title: 'Loss from a minimum to its rescaled self',
              xLabel: 't',
              yLabel: 'loss / ||Y||²',
              yScale: 'log',
            }),
            caption: 'Both ends have loss 0, which a logarithmic axis leaves out.',
          },
          {
            name: 'growth',
            figure: linesFigure(points('growth'), {
              title: 'Loss at the midpoint',
              xLabel: 'm',
              yLabel: 'loss / ||Y||²',
              xScale: 'log',
              yScale: 'log',
            }),
            caption: 'The measured loss lies on the closed form.',
          },
        ],
      },
    ],
  });
}

/** Figure 4 of paper B. */
export const connectivityRescaling: Computation<Config> = {
  id: 'connectivity-rescaling',
  config: configSchema,
  defaults,
  run,
  table,
  report,
};
