import {
  approximateAction,
  certify,
  chainAt,
  chainCurve,
  chainProduct,
  exponential,
  frobenius,
  leakyRelu,
  Matrix,
  measureCurve,
  pointDistance,
  randomMatrix,
  straightLine,
  twoLayerOutput,
} from '@basinlab/connectivity';
import type { Chain, TwoLayers } from '@basinlab/connectivity';
import type { Key, Scale } from '@basinlab/core';
import { childKey, foldIn, keyFromSeed } from '@basinlab/core/random';
import { distinct, formatWithError, groupBy, linesFigure, meanWithError, type Table } from '@basinlab/report';
import { z } from 'zod';
import type { Computation, ComputationContext, ComputationResult, Summary, SummaryRow } from '../../shared/contract.js';
import { readPoints, writePoints, type FigurePoint } from './points.js';
import { assembleReport, short } from './report.js';

const count = z.number().int().positive();
const configSchema = z.strictObject({
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
type Config = z.output<typeof configSchema>;

/** Widths and batch are the paper's; outputs, slope and sizes it does not name. */
const defaults = (scale: Scale): Config => ({
  seed: 1,
  inputs: 16,
  hidden: 32,
  outputs: 8,
  batch: 8,
  slope: 0.1,
  sizes: scale === 'smoke' ? [1, 8] : [1, 2, 4, 8, 12],
  repeats: { smoke: 1, small: 5, paper: 20 }[scale],
  points: scale === 'smoke' ? 5 : 21,
});

interface CurveRow extends SummaryRow {
  readonly network: 'leaky ReLU' | 'linear';
  readonly size: number;
}

/** What one network and one group element give: largest relative losses, and for the linear pair what the curve's shape promises. */
interface Measured {
  readonly straight: number;
  readonly curve: number;
  readonly paths: { straight: number[]; curve: number[] };
}

async function run(config: Config, { out, emit, signal }: ComputationContext): Promise<ComputationResult> {
  const { seed, sizes, repeats, points } = config;
  const rows: CurveRow[] = [];
  const figure: FigurePoint[] = [];
  let done = 0;
  for (const size of sizes) {
    const nets: Measured[] = [];
    const pairs: (Measured & { curvature: number; epsilon: number; applies: boolean })[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      signal.throwIfAborted();
      const key = foldIn(keyFromSeed(seed), repeat);
      nets.push(nonlinear(config, size, key));
      pairs.push(linear(config, size, key));
      emit({ kind: 'progress', stage: 'curves', done: ++done, total: sizes.length * repeats, unit: 'network' });
      await new Promise(setImmediate);
    }
    const row = (network: CurveRow['network'], quantity: string, values: readonly number[]): CurveRow => {
      const { mean, standardError } = meanWithError(values);
      return { quantity, network, size, mean, standardError, paper: null };
    };
    for (const [network, all] of [
      ['leaky ReLU', nets],
      ['linear', pairs],
    ] as const) {
      rows.push(
        row(
          network,
          'line: loss / ||Y||²',
          all.map(({ straight }) => straight),
        ),
        row(
          network,
          'curve: loss / ||Y||²',
          all.map(({ curve }) => curve),
        ),
      );
      for (const path of ['straight', 'curve'] as const) {
        for (let i = 0; i < points; i++) {
          const values = all.map(({ paths }) => paths[path][i]!);
          const label = path === 'straight' ? 'straight line' : 'curve';
          figure.push({ figure: network, panel: `||log g|| = ${size}`, series: label, x: i / (points - 1), y: meanWithError(values).mean });
        }
      }
    }
    rows.push(
      row(
        'linear',
        'curvature',
        pairs.map(({ curvature }) => curvature),
      ),
      row(
        'linear',
        'certified',
        pairs.map(({ applies }) => (applies ? 1 : 0)),
      ),
    );
    const certified = pairs.filter(({ applies }) => applies);
    if (certified.length > 0) {
      rows.push(
        row(
          'linear',
          'line: bound',
          certified.map(({ epsilon }) => epsilon),
        ),
      );
      rows.push(
        row(
          'linear',
          'line: measured',
          certified.map(({ straight }) => Math.sqrt(straight)),
        ),
      );
    }
  }
  await writePoints(out, figure);
  return { seeds: { seed }, rows, details: {} };
}

const drawElement = (key: Key, units: number, size: number): Matrix => {
  const matrix = randomMatrix(childKey(key, 'log g'), units, units);
  return matrix.mul(size / frobenius(matrix));
};

/** Two layers with leaky ReLU: the approximate action along exp(t log g), which is exact for a batch of at most the width. */
function nonlinear({ inputs, hidden, outputs, batch, slope, points }: Config, size: number, key: Key): Measured {
  const activation = leakyRelu(slope);
  const apply = (z: number): number => activation.apply(z);
  const x = randomMatrix(childKey(key, 'X'), inputs, batch);
  const start: TwoLayers = {
    u: randomMatrix(childKey(key, 'U'), outputs, hidden, 1 / Math.sqrt(hidden)),
    v: randomMatrix(childKey(key, 'V'), hidden, inputs, 1 / Math.sqrt(inputs)),
  };
  const y = twoLayerOutput(start, x, apply);
  const m = drawElement(key, hidden, size);
  // The curve begins at the pair that the element of t = 0 leads to: the same V, and the smallest U with the same outputs.
  const at = (t: number): TwoLayers => approximateAction(start, exponential(Matrix.mul(m, t)), x, apply).moved;
  const [first, last] = [at(0), at(1)];
  const loss = (layers: TwoLayers): number => (frobenius(Matrix.sub(twoLayerOutput(layers, x, apply), y)) / frobenius(y)) ** 2;
  const mix = (t: number): TwoLayers => ({ u: blend(first.u, last.u, t), v: blend(first.v, last.v, t) });
  const times = Array.from({ length: points }, (_, i) => i / (points - 1));
  return measured({ straight: times.map((t) => loss(mix(t))), curve: times.map((t) => loss(at(t))) });
}

/** Two linear layers: the exact curve, its curvature, and the bound on the chord. */
function linear(
  { inputs, hidden, outputs, batch, points }: Config,
  size: number,
  key: Key,
): Measured & { curvature: number; epsilon: number; applies: boolean } {
  const x = randomMatrix(childKey(key, 'X'), inputs, batch);
  const chain: Chain = [
    randomMatrix(childKey(key, 'V'), hidden, inputs, 1 / Math.sqrt(inputs)),
    randomMatrix(childKey(key, 'U'), outputs, hidden, 1 / Math.sqrt(hidden)),
  ];
  const y = chainProduct(chain).mmul(x);
  const curve = chainCurve(chain, [[drawElement(key, hidden, size)]]);
  const line = straightLine(curve.at(0), curve.at(1));
  const residual = (weights: Chain): number => frobenius(Matrix.sub(chainProduct(weights).mmul(x), y)) / frobenius(y);
  const times = Array.from({ length: points }, (_, i) => i / (points - 1));
  const paths = {
    straight: times.map((t) => residual(chainAt(line.at(t), chain)) ** 2),
    curve: times.map((t) => residual(chainAt(curve.at(t), chain)) ** 2),
  };
  const { maximalCurvature, length } = measureCurve(curve, 16);
  // The gradient of ||U V X - Y|| is at most (||U|| + ||V||) ||X||, and norms are convex: between curve and line it is no larger than on one of them.
  const largest = Math.max(
    ...[curve, line].flatMap((path) => times.map((t) => chainAt(path.at(t), chain).reduce((sum, weight) => sum + frobenius(weight), 0))),
  );
  const certificate = certify({
    curvature: maximalCurvature,
    length,
    chord: pointDistance(curve.at(0), curve.at(1)),
    loss: 0,
    lossChange: Math.sqrt(Math.max(...paths.curve)),
    lipschitz: (largest * frobenius(x)) / frobenius(y),
  });
  return { ...measured(paths), curvature: maximalCurvature, epsilon: certificate.epsilon, applies: certificate.applies };
}

const measured = (paths: Measured['paths']): Measured => ({
  straight: Math.max(...paths.straight),
  curve: Math.max(...paths.curve),
  paths,
});
const blend = (a: Matrix, b: Matrix, t: number): Matrix => Matrix.add(Matrix.mul(a, 1 - t), Matrix.mul(b, t));

function table(summary: Summary): Table {
  const rows = summary.rows as readonly CurveRow[];
  const quantities = distinct(rows.map((row) => row.quantity));
  const cell = (row: CurveRow | undefined): string | null => {
    if (row === undefined) return null;
    return Math.abs(row.mean) < 1e-4 || row.standardError === 0 ? short(row.mean) : formatWithError(row.mean, row.standardError, 4);
  };
  return {
    caption:
      'Symmetry-induced curves and the straight lines between their ends; largest values, mean over networks ± standard error. Bound and measured: ||Y - UVX|| / ||Y|| where the certificate applies',
    columns: [
      { header: 'network' },
      { header: '||log g||', align: 'right' },
      ...quantities.map((quantity) => ({ header: quantity, align: 'right' as const })),
    ],
    rows: [...groupBy(rows, ({ network, size }) => `${network} ${size}`).values()].map((own) => [
      own[0]!.network,
      String(own[0]!.size),
      ...quantities.map((quantity) => cell(own.find((row) => row.quantity === quantity))),
    ]),
  };
}

async function report(summary: Summary, out: string): ReturnType<Computation['report']> {
  const points = await readPoints(out);
  const figure = (network: string) =>
    linesFigure(points(network), { title: `Loss along the paths, ${network}`, xLabel: 't', yLabel: 'loss / ||Y||²' });
  return assembleReport(summary, {
    title: 'Curves of constant loss and the straight lines between their ends',
    lead: [
      'A group element g moves the hidden layer of a two-layer network along exp(t log g), and the layer after it follows so that the outputs stay. The larger log g, the higher the straight line between the ends rises; the curve stays low.',
      'For linear layers the curve is exact, and its curvature bounds how far the straight line can leave it (theorem 6.2), where its hypotheses hold: curvature times chord at most 2, and an arc of at most half a circle.',
    ],
    sections: [
      {
        heading: 'Numbers',
        tables: [table(summary)],
        figures: [
          {
            name: 'leaky-relu',
            figure: figure('leaky ReLU'),
            caption: 'Mean over networks. The batch is smaller than the hidden layer, where the action is exact.',
          },
          { name: 'linear', figure: figure('linear'), caption: 'Mean over networks.' },
        ],
      },
    ],
  });
}

/** Figures 3b and 3c of paper B, with certificates for the linear case. */
export const connectivityCurves: Computation<Config> = { id: 'connectivity-curves', config: configSchema, defaults, run, table, report };
