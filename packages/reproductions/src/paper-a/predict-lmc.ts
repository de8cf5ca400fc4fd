import type { MeasurementRow, Reproduction, ResultTables, SummaryRow } from '@basinlab/core';
import { childKey, keyFromSeed, uniform } from '@basinlab/core/random';
import { groupBy } from '@basinlab/report';
import { sampleRankCorrelation } from 'simple-statistics';
import { z } from 'zod';
import { papers } from '../shared/papers.js';
import { phasePopulation, type PhasePoint } from './phase-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  /** Networks and data drawn at random. */
  settings: z.number().int().min(4),
  models: z.number().int().min(2),
  epochs: z.number().int().positive(),
  train: z.number().int().positive(),
  test: z.number().int().positive(),
  points: z.number().int().min(3),
});
type Settings = z.output<typeof settings>;

const widths = [16, 32, 64, 128];
const dimensions = [2, 4, 8, 16, 32];
const sparsities = [0.25, 0.5, 1, 1.5];

/** Points drawn evenly over scales (in [1/16, 4], logarithmic), dimensions, widths and sparsities. */
function drawPoints({ seed, settings: count }: Settings): PhasePoint[] {
  const draws = uniform(childKey(keyFromSeed(seed), 'predict-lmc'), 4 * count);
  const pick = <T>(list: readonly T[], share: number): T => list[Math.min(list.length - 1, Math.floor(share * list.length))]!;
  return Array.from({ length: count }, (_, at) => ({
    fixedScale: Number((2 ** (-4 + 6 * draws[4 * at]!)).toFixed(4)),
    dimension: pick(dimensions, draws[4 * at + 1]!),
    width: pick(widths, draws[4 * at + 2]!),
    sparsity: pick(sparsities, draws[4 * at + 3]!),
  }));
}

/** What is known before training, of the first hidden layer's weights and of the data, by the name of its column. */
const predictors = {
  outputGap: 'gamma_out',
  inputGap: 'gamma_in',
  coherence: 'coherence',
  greatestAnisotropy: 'largest anisotropy',
  fixedScale: 'fixed scale',
  k: 'dimension of the data',
  width: 'width',
  sparsity: 'sparsity',
} as const;

const labelKey = (row: MeasurementRow): string => JSON.stringify([row['fixedScale'], row['k'], row['width'], row['sparsity']]);

/** One row per setting: predictors from before training, the barrier after it. */
function join({
  'neuron-gaps': gaps,
  'subspace-coherence': coherences,
  'linear-mode-connectivity': paths,
}: ResultTables): MeasurementRow[] {
  const barriers = groupBy(
    paths!.rows.filter(({ lambda }) => lambda === null),
    labelKey,
  );
  const ofFirstLayer = (rows: readonly MeasurementRow[]) =>
    groupBy(
      rows.filter(({ layer, model }) => layer === 'layers.0' && model === '1'),
      labelKey,
    );
  const [gapsOf, coherencesOf] = [ofFirstLayer(gaps!.rows), ofFirstLayer(coherences!.rows.filter(({ violation }) => violation === null))];
  return [...barriers].map(([key, own]): MeasurementRow => {
    const { fixedScale, k, width, sparsity } = own[0]!;
    const [gap, about] = [gapsOf.get(key)![0]!, coherencesOf.get(key)![0]!];
    return {
      ...{ fixedScale: fixedScale!, k: k!, width: width!, sparsity: sparsity! },
      outputGap: gap['outputGap']!,
      inputGap: gap['inputGap']!,
      coherence: about['coherence']!,
      greatestAnisotropy: about['greatestAnisotropy']!,
      barrier: own.reduce((sum, row) => sum + (row['lossBarrier'] as number) / own.length, 0),
    };
  });
}

/** Spearman's rank correlation and its 95% interval by Fisher's transformation with the variance of Bonett and Wright (2000). */
function rankCorrelation(x: readonly number[], y: readonly number[]): { rho: number; low: number; high: number } {
  const rho = sampleRankCorrelation([...x], [...y]);
  const half = 1.96 * Math.sqrt((1 + rho ** 2 / 2) / (x.length - 3));
  return { rho, low: Math.tanh(Math.atanh(rho) - half), high: Math.tanh(Math.atanh(rho) + half) };
}

/** How well do quantities that are known before training predict the barrier after it? */
export const predictLmc: Reproduction<Settings> = {
  id: 'predict-lmc',
  title: 'Connectivity predicted before training',
  paper: papers.A,
  where: 'beyond the paper',
  summary: 'rank correlation of gamma_out, gamma_in, coherence and anisotropy before training with the loss barrier after it',
  status: 'available',
  cost: 'on 2 cores: smoke < 1 min, small 15 min, paper hours',
  settings,
  scale: (scale): Settings => {
    switch (scale) {
      case 'paper':
        return { seed: 1, settings: 200, models: 8, epochs: 20, train: 50_000, test: 10_000, points: 21 };
      case 'small':
        return { seed: 1, settings: 64, models: 2, epochs: 5, train: 10_000, test: 2000, points: 11 };
      case 'smoke':
        return { seed: 1, settings: 5, models: 2, epochs: 1, train: 1280, test: 300, points: 3 };
      default:
        return scale satisfies never;
    }
  },
  populations: (chosen) => drawPoints(chosen).map((point) => phasePopulation(point, chosen)),
  measurements: ({ points }) => [
    {
      measurements: [
        { id: 'neuron-gaps', options: { layers: ['layers.0'] } },
        { id: 'subspace-coherence', options: { layers: ['layers.0'] } },
      ],
      epochs: [0],
    },
    { measurements: [{ id: 'linear-mode-connectivity', options: { points } }] },
  ],
  derive: (tables) => ({
    predictors: {
      columns: [
        ...Object.entries(predictors).map(([name, summary]) => ({ name, summary, role: 'value', type: 'number' }) as const),
        { name: 'barrier', summary: 'loss barrier after training', role: 'value', type: 'number', unit: 'nats' },
      ],
      rows: join(tables),
    },
  }),
  summarize({ predictors: joined }) {
    return Object.entries(predictors).map(([name, predictor]): SummaryRow => {
      const rows = joined!.rows.filter((row) => Number.isFinite(row[name]) && Number.isFinite(row['barrier']));
      const [x, y] = [name, 'barrier'].map((column) => rows.map((row) => row[column] as number));
      const { rho, low, high } = rankCorrelation(x!, y!);
      return {
        quantity: 'rank correlation with the loss barrier',
        predictor,
        mean: rho,
        standardError: null,
        low,
        high,
        values: rows.length,
        paper: null,
      };
    });
  },
  claims: [
    {
      statement: 'what keeps neurons apart before training tells how two trained networks connect',
      paper: 'larger gamma_out, smaller barriers',
      rule: 'the 95% interval of the rank correlation of gamma_out with the barrier lies below 0',
      check({ rows }) {
        const found = rows.find((row) => row['predictor'] === 'gamma_out');
        const [low, high] = [found?.['low'], found?.['high']] as [number | undefined, number | undefined];
        return {
          ours: found === undefined ? 'not measured' : `${found.mean.toFixed(2)} [${low!.toFixed(2)}, ${high!.toFixed(2)}]`,
          holds: high === undefined || !Number.isFinite(high) ? null : high < 0,
        };
      },
    },
  ],
  figures: (['outputGap', 'inputGap', 'coherence', 'greatestAnisotropy'] as const).map((name) => ({
    ...{ table: 'predictors', kind: 'scatter' as const, title: `Barrier by ${predictors[name]}`, x: name, y: 'barrier', series: 'width' },
    caption: 'A point per setting; first layer, before training.',
  })),
};
