import type { MeasurementRow, Reproduction, SummaryRow } from '@basinlab/core';
import { evenly } from '@basinlab/core';
import { foldIn } from '@basinlab/core/random';
import { z } from 'zod';
import { aggregate } from '../shared/aggregate.js';
import { axis, label, value } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import { pause } from '../shared/pause.js';
import { leakyReluPaths, linearPaths } from './two-layer-paths.js';

const count = z.number().int().positive();
const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  inputs: count,
  hidden: count,
  outputs: count,
  batch: count,
  slope: z.number().positive().max(1),
  /** Frobenius norms of log g. */
  sizes: z.array(z.number().positive()).min(1),
  /** Networks per size. */
  repeats: count,
  points: count.min(3),
});
type Settings = z.output<typeof settings>;

const shared = [label('network', 'leaky ReLU or linear'), axis('size', 'Frobenius norm of log g'), axis('repeat', 'number of the network')];
const networkColumns = [
  ...shared,
  value('curve', 'largest loss / ||Y||² on the curve'),
  value('line', 'largest loss / ||Y||² on the straight line'),
  value('residual', 'largest ||Y - output|| / ||Y|| on the straight line, where it is certified'),
  value('curvature', 'largest curvature of the curve'),
  value('certified', '1 where the hypotheses of theorem 6.2 hold'),
  value('bound', 'bound on ||Y - output|| / ||Y|| on the line; empty where none applies'),
];
const pathColumns = [...shared, label('path', 'curve or straight line'), axis('t', 'place on it'), value('loss', 'loss / ||Y||²')];

const onLine = 'line: loss / ||Y||²';
const onCurve = 'curve: loss / ||Y||²';
const by = ['network', 'size'];
const numbers = (rows: readonly SummaryRow[], quantity: string, network: string): number[] =>
  rows.filter((row) => row.quantity === quantity && row['network'] === network).map(({ mean }) => mean);

/** Figures 3b and 3c of paper B, with certificates for the linear case. */
export const curvesFigure: Reproduction<Settings> = {
  id: 'connectivity-curves',
  title: 'Curves of constant loss and the straight lines between their ends',
  paper: papers.B,
  where: 'figures 3b and 3c',
  summary: 'loss along the symmetry-induced curve and the straight line, by size of the group element',
  cost: 'on 2 cores: smoke seconds, small 1 min, paper 4 min (estimated)',
  settings,
  /** Widths and batch are the paper's; outputs, slope and sizes it does not name. */
  scale: (scale): Settings => ({
    ...{ seed: 1, inputs: 16, hidden: 32, outputs: 8, batch: 8, slope: 0.1 },
    sizes: scale === 'smoke' ? [1, 8] : [1, 2, 4, 8, 12],
    repeats: { smoke: 1, small: 5, paper: 20 }[scale],
    points: scale === 'smoke' ? 5 : 21,
  }),
  async *compute({ sizes, repeats, ...shape }, { key, signal, progress }) {
    const networks: MeasurementRow[] = [];
    const along: MeasurementRow[] = [];
    for (const [at, size] of sizes.entries()) {
      for (let repeat = 1; repeat <= repeats; repeat++) {
        const own = foldIn(key, repeat);
        const [leaky, linear] = [leakyReluPaths(shape, size, own), linearPaths(shape, size, own)];
        const certified = Number.isFinite(linear.bound);
        const promise = certified ? { bound: linear.bound, residual: Math.sqrt(Math.max(...linear.line)) } : {};
        const found = {
          'leaky ReLU': [leaky, {}],
          linear: [linear, { curvature: linear.curvature, certified: Number(certified), ...promise }],
        } as const;
        for (const [network, [paths, more]] of Object.entries(found)) {
          networks.push({ network, size, repeat, curve: Math.max(...paths.curve), line: Math.max(...paths.line), ...more });
          for (const [path, losses] of Object.entries({ curve: paths.curve, 'straight line': paths.line }))
            for (const [point, t] of evenly(shape.points).entries()) along.push({ network, size, repeat, path, t, loss: losses[point]! });
        }
        progress('curves', at * repeats + repeat, sizes.length * repeats);
        await pause(signal);
      }
    }
    yield { table: 'networks', columns: networkColumns, rows: networks };
    yield { table: 'paths', columns: pathColumns, rows: along };
  },
  work: ({ sizes, repeats, points }) => sizes.length * repeats * points,
  summarize: ({ networks }) => [
    ...aggregate(networks!.rows, { quantity: onLine, value: 'line', by }),
    ...aggregate(networks!.rows, { quantity: onCurve, value: 'curve', by }),
    ...aggregate(networks!.rows, { quantity: 'curvature', value: 'curvature', by }),
    ...aggregate(networks!.rows, { quantity: 'certified', value: 'certified', by }),
    ...aggregate(networks!.rows, { quantity: 'line: bound', value: 'bound', by }),
    ...aggregate(networks!.rows, { quantity: 'line: measured', value: 'residual', by }),
  ],
  across: 'size',
  claims: [
    {
      statement: 'the straight line rises with the size of the group element while the curve stays low',
      paper: 'figures 3b and 3c',
      rule: 'for both networks the loss on the curve is below 1e-12 ||Y||² at every size, and that on the line grows with the size',
      check({ rows }, { sizes }) {
        const own = ['leaky ReLU', 'linear'].map((network) => [numbers(rows, onLine, network), numbers(rows, onCurve, network)] as const);
        const ours = own.map(
          ([line, curve]) =>
            `line ${line[0]!.toPrecision(2)} to ${line.at(-1)!.toPrecision(2)}, curve ${Math.max(...curve).toExponential(0)}`,
        );
        const flat = own.every(([, curve]) => Math.max(...curve) < 1e-12);
        const grows = own.every(([line]) => line.every((loss, at) => at === 0 || loss > line[at - 1]!));
        return { ours: ours.join('; '), holds: sizes.length < 2 ? null : flat && grows };
      },
    },
    {
      statement: 'the curvature of the curve bounds the loss on the line (theorem 6.2)',
      paper: 'a bound wherever the hypotheses hold',
      rule: 'for linear layers no certified line rises above its bound',
      check({ tables }) {
        const certified = tables['networks']!.rows.filter(({ bound }) => typeof bound === 'number');
        const kept = certified.filter(({ bound, residual }) => Number(residual) <= Number(bound));
        return { ours: `${kept.length} of ${certified.length}`, holds: certified.length === 0 ? null : kept.length === certified.length };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'paths', kind: 'lines', title: 'Loss along the paths', x: 't', y: 'loss', series: 'path' },
      ...{ facet: ['network', 'size'], ownScales: true },
      caption: 'Mean over networks with one standard error. The batch is smaller than the hidden layer, where the action is exact.',
    },
  ],
  lead: () => [
    'A group element g moves the hidden layer of a two-layer network along exp(t log g), and the layer after it follows so that the outputs stay.',
    'For linear layers the curve is exact, and its curvature bounds how far the straight line can leave it, where curvature times chord is at most 2 and the arc at most half a circle.',
  ],
};
