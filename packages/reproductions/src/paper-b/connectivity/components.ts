import {
  connectWithSkip,
  countComponents,
  countSkipComponents,
  exploreComponents,
  exploreSkipComponents,
  Matrix,
  sampleTask,
  skipLoss,
  skipMinimum,
} from '@basinlab/connectivity';
import type { LinearTask, SkipChain } from '@basinlab/connectivity';
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
  /** Depths and widths of the deep linear networks. */
  layers: z.array(count.min(2)).min(1),
  units: z.array(count).min(1),
  /** Minima sampled per component that is expected. */
  samples: count,
  /** Strength of the residual connection. */
  skip: z.number().refine((value) => value !== 0, 'a residual connection of strength other than 0'),
  /** Minima of the one-dimensional network in the figure. */
  shown: count,
});
type Config = z.output<typeof configSchema>;

function defaults(scale: Scale): Config {
  const shared = { seed: 1, layers: [2, 3, 4, 5], units: [1, 2, 3, 4], skip: 1, shown: 400 };
  switch (scale) {
    case 'smoke':
      return { ...shared, layers: [2, 3], units: [1, 2], samples: 6, shown: 60 };
    case 'small':
      return { ...shared, samples: 8 };
    case 'paper':
      return { ...shared, samples: 32, shown: 2000 };
    default:
      return scale satisfies never;
  }
}

/** One count: what was walked, what was found, what theory says. */
interface CountRow extends SummaryRow {
  readonly network: 'deep linear' | 'residual';
  readonly layers: number;
  readonly units: number;
  readonly permutations: boolean;
  readonly expected: number;
  readonly largestLoss: number;
}

async function run(config: Config, { out, emit, signal }: ComputationContext): Promise<ComputationResult> {
  const { seed, layers, units, samples, skip } = config;
  const key = keyFromSeed(seed);
  const cases = [
    ...layers.flatMap((depth) =>
      units.flatMap((width) => [false, true].map((permutations) => ({ network: 'deep linear' as const, depth, width, permutations }))),
    ),
    ...units.map((width) => ({ network: 'residual' as const, depth: 3, width, permutations: false })),
  ];
  const samplesOf = (depth: number): number => samples * 2 ** (depth - 1);
  const total = cases.reduce((sum, { depth }) => sum + samplesOf(depth), 0);
  let before = 0;
  const rows: CountRow[] = [];
  for (const { network, depth, width, permutations } of cases) {
    const task = sampleTask(width, childKey(key, `task.${width}`));
    const from = before;
    before += samplesOf(depth);
    const progress = (done: number): void =>
      emit({ kind: 'progress', stage: `${network}, ${depth} layers of ${width}`, done: from + done, total, unit: 'minimum' });
    const expected = network === 'residual' ? countSkipComponents(width, skip) : permutations && width > 1 ? 1 : countComponents(depth);
    const own = { samples: samplesOf(depth), signal, progress };
    const walk = childKey(key, `minima.${depth}.${width}`);
    const found = await (network === 'residual'
      ? exploreSkipComponents(task, skip, walk, own)
      : exploreComponents(task, walk, { ...own, layers: depth, permute: permutations }));
    rows.push({
      quantity: 'components',
      network,
      layers: depth,
      units: width,
      permutations,
      expected,
      mean: found.components.length,
      standardError: null,
      // The paper has no count for residual networks of more than one unit.
      paper: network === 'residual' && width > 1 ? null : expected,
      largestLoss: found.largestLoss,
    });
  }
  await writePoints(out, [...(await scalarMinima(config, signal)), ...weldedPath(skip)]);
  return { seeds: { seed }, rows, details: {} };
}

/** The minima of the one-dimensional network with X = Y = 1, by component. */
async function scalarMinima({ seed, skip, shown }: Config, signal: AbortSignal): Promise<FigurePoint[]> {
  const task: LinearTask = { x: Matrix.eye(1), y: Matrix.eye(1) };
  const points: FigurePoint[] = [];
  for (const strength of [0, skip]) {
    const found = await exploreSkipComponents(task, strength, childKey(keyFromSeed(seed), 'scalar'), { samples: shown, points: 2, signal });
    const panel = `${strength === 0 ? 'without a residual connection' : `with one of strength ${strength}`}: ${found.components.length} components`;
    found.components.forEach(({ members }, component) => {
      const series = `component ${component + 1}`;
      for (const [w1, , w3] of members) points.push({ figure: 'minima', panel, series, x: w1.get(0, 0), y: w3.get(0, 0) });
    });
  }
  return points;
}

/** The way between the two components that the residual connection joins. */
function weldedPath(skip: number): FigurePoint[] {
  const task: LinearTask = { x: Matrix.eye(1), y: Matrix.eye(1) };
  const end = (w1: number): SkipChain => skipMinimum(task, skip, new Matrix([[w1]]), new Matrix([[2 / skip]]));
  const way = connectWithSkip(task, skip, end(1.5), end(-1));
  if (!way.connected) return [];
  return Array.from({ length: 201 }, (_, i) => i / 200).flatMap((t) => {
    const point = way.at(t);
    const values = { W1: point[0].get(0, 0), W2: point[1].get(0, 0), W3: point[2].get(0, 0), loss: skipLoss(task, skip, point) };
    return Object.entries(values).map(([series, y]) => ({ figure: 'path', panel: 'through W1 = 0', series, x: t, y }));
  });
}

function table({ rows }: Summary): Table {
  return {
    caption: 'Connected components of the minima, counted by walking along paths of zero loss',
    columns: [
      { header: 'network' },
      { header: 'layers', align: 'right' },
      { header: 'units', align: 'right' },
      { header: 'permutations' },
      { header: 'found', align: 'right' },
      { header: 'theory', align: 'right' },
      { header: 'largest loss on a path / ||Y||²', align: 'right' },
    ],
    rows: (rows as readonly CountRow[]).map((row) => [
      row.network,
      String(row.layers),
      String(row.units),
      row.permutations ? 'allowed' : 'no',
      String(row.mean),
      String(row.expected),
      short(row.largestLoss),
    ]),
  };
}

async function report(summary: Summary, out: string): ReturnType<Computation['report']> {
  const points = await readPoints(out);
  const rows = summary.rows as readonly CountRow[];
  const agree = rows.filter((row) => row.mean === row.expected).length;
  return assembleReport(summary, {
    title: 'Components of the minima of deep linear networks',
    lead: [
      'Minima of ||Y - W_l ... W_1 X||² are sampled and joined by curves of constant loss, which the symmetry of the network induces. What cannot be joined lies in another component: theory counts 2^(l-1) of them, 3 for a residual network of one unit, 2 for a wider one; permuting units joins all but those of one unit.',
      `The count found by walking is that of theory in ${agree} of ${rows.length} cases.`,
    ],
    sections: [
      {
        heading: 'Counts',
        tables: [table(summary)],
        figures: [],
      },
      {
        heading: 'One unit, three layers',
        paragraphs: [
          'W2 follows from W1 and W3. With a residual connection the two components with W3 above 0 meet on the line W1 = 0, W3 = Y / (ε X).',
        ],
        figures: [
          {
            name: 'minima',
            figure: linesFigure(points('minima'), {
              title: 'Minima of the one-dimensional network',
              xLabel: 'W1',
              yLabel: 'W3',
              dots: true,
            }),
            caption: 'Each dot is a minimum; colours are components.',
          },
          {
            name: 'path',
            figure: linesFigure(points('path'), { title: 'A path of zero loss that changes the sign of W1', xLabel: 't', yLabel: 'value' }),
            caption: 'Weights and loss along the path that joins the two components.',
          },
        ],
      },
    ],
  });
}

/** Figure 1 and corollary 4.2 of paper B, and what follows beyond one dimension. */
export const connectivityComponents: Computation<Config> = {
  id: 'connectivity-components',
  config: configSchema,
  defaults,
  run,
  table,
  report,
};
