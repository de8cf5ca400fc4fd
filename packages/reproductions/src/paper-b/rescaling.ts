import {
  bestPermutation,
  forward,
  frobenius,
  interpolateChains,
  leakyRelu,
  Matrix,
  randomMatrix,
  rescale,
  rescaledPathLoss,
} from '@basinlab/connectivity';
import type { Chain } from '@basinlab/connectivity';
import { evenly, type MeasurementRow, type Reproduction } from '@basinlab/core';
import { childKey } from '@basinlab/core/random';
import { z } from 'zod';
import { axis, label, value } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import { pause } from '../shared/pause.js';

const count = z.number().int().positive();
const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  layers: count.min(2),
  width: count.max(8, 'at most 8 units: all permutations of the last hidden layer are tried'),
  batch: count,
  /** Slope of the leaky ReLU below 0. */
  slope: z.number().positive().max(1),
  factors: z.array(z.number().positive()).min(1),
  points: count.min(3),
});
type Settings = z.output<typeof settings>;

const factor = axis('factor', 'what a hidden layer is multiplied by');
const loss = value('loss', 'loss / ||Y||²');
const paths = [factor, axis('t', 'place on the line'), loss];
const midpoints = [factor, label('from', 'where the loss comes from'), loss];
const sources = { measured: 'measured', closed: 'closed form', permuted: 'after the best permutation' } as const;

/** Figure 4 of paper B. */
export const rescalingFigure: Reproduction<Settings> = {
  id: 'connectivity-rescaling',
  title: 'Straight lines between rescaled minima have no bound',
  paper: papers.B,
  where: 'figure 4',
  summary: 'loss on the segment between rescaled minima of a five-layer network grows without bound',
  cost: 'seconds',
  settings,
  scale: (scale): Settings => ({
    ...{ seed: 1, layers: 5, width: scale === 'smoke' ? 4 : 7, batch: 8, slope: 0.1 },
    factors: scale === 'smoke' ? [2, 100] : [1.5, 2, 5, 10, 20, 50, 100, 1000],
    points: scale === 'paper' ? 201 : 41,
  }),
  async *compute({ layers, width, batch, slope, factors, points }, { key, signal, progress }) {
    const activation = leakyRelu(slope);
    const chain: Chain = Array.from({ length: layers }, (_, layer) =>
      randomMatrix(childKey(key, `layers.${layer}`), width, width, Math.sqrt(2 / width)),
    );
    const x = randomMatrix(childKey(key, 'X'), width, batch);
    // The network is a minimum of zero loss for its own outputs.
    const y = forward(chain, x, activation);
    const lossOf = (model: Chain): number => (frobenius(Matrix.sub(forward(model, x, activation), y)) / frobenius(y)) ** 2;
    const along: MeasurementRow[] = [];
    const middle: MeasurementRow[] = [];
    for (const [at, m] of factors.entries()) {
      const moved = rescale(chain, m, activation.degree);
      for (const t of evenly(points)) along.push({ factor: m, t, loss: lossOf(interpolateChains(chain, moved, t)) });
      const halfway = (other: Chain): number => lossOf(interpolateChains(chain, other, 0.5));
      middle.push(
        { factor: m, from: sources.measured, loss: halfway(moved) },
        { factor: m, from: sources.closed, loss: rescaledPathLoss(m, activation.degree) },
        { factor: m, from: sources.permuted, loss: bestPermutation(moved, halfway).loss },
      );
      progress('rescaling', at + 1, factors.length);
      await pause(signal);
    }
    yield { table: 'midpoints', columns: midpoints, rows: middle };
    yield { table: 'paths', columns: paths, rows: along };
  },
  work: ({ factors, width }) => factors.length * Array.from({ length: width }, (_, unit) => unit + 1).reduce((all, unit) => all * unit, 1),
  summarize: ({ midpoints: found }) =>
    found!.rows.map((row) => ({
      ...{ quantity: 'midpoint loss / ||Y||²', factor: row['factor']!, from: row['from']! },
      ...{ mean: Number(row['loss']), standardError: null, paper: null },
    })),
  across: 'from',
  claims: [
    {
      statement: 'the loss on the line grows without bound with the factor (proposition 5.3)',
      paper: 'closed form',
      rule: 'the measured loss in the middle is that of the closed form within 1e-9 of it, and largest for the largest factor',
      check({ rows }) {
        const of = (from: string): number[] => rows.filter((row) => row['from'] === from).map(({ mean }) => mean);
        const [ours, closed] = [of(sources.measured), of(sources.closed)];
        const apart = Math.max(...ours.map((mean, at) => Math.abs(mean / closed[at]! - 1)));
        const grows = Math.max(...ours) === ours.at(-1);
        return { ours: `up to ${ours.at(-1)!.toPrecision(4)}, ${apart.toExponential(1)} apart`, holds: apart < 1e-9 && grows };
      },
    },
    {
      statement: 'permutations do not help (proposition 5.4)',
      paper: 'unbounded also after the best permutation',
      rule: 'after the best permutation the loss grows with the factor from 10 on',
      check({ rows }) {
        const own = rows.filter((row) => row['from'] === sources.permuted && Number(row['factor']) >= 10).map(({ mean }) => mean);
        const holds = own.length < 2 ? null : own.every((mean, at) => at === 0 || mean > own[at - 1]!);
        return { ours: own.map((mean) => mean.toPrecision(3)).join(', '), holds };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'paths', kind: 'lines', title: 'Loss from a minimum to its rescaled self', x: 't', y: 'loss', series: 'factor' },
      ...{ scale: 'log' },
      caption: 'Both ends have loss 0, which a logarithmic axis leaves out.',
    },
    {
      ...{ table: 'midpoints', kind: 'lines', title: 'Loss at the midpoint', x: 'factor', y: 'loss', series: 'from' },
      ...{ scale: 'log', xScale: 'log' },
      caption: 'The measured loss lies on the closed form.',
    },
  ],
  lead: () => [
    'The last hidden layer of a network with leaky ReLU is multiplied by m and the layer after it divided by m: the function is the same, and so is the loss of 0. On the straight line between the two the output is multiplied by (1 - t + t/m)(1 - t + t m).',
  ],
};
