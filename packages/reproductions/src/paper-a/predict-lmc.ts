import type { Reproduction, SummaryRow } from '@basinlab/core';
import { childKey, keyFromSeed, uniform } from '@basinlab/core/random';
import { z } from 'zod';
import { value } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import { rankCorrelation } from '../shared/rank-correlation.js';
import { phasePopulation, type PhasePoint } from './phase-populations.js';
import { joinPredictors, predictors } from './predictors.js';

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

/** How well do quantities that are known before training predict the barrier after it? */
export const predictLmc: Reproduction<Settings> = {
  id: 'predict-lmc',
  title: 'Connectivity predicted before training',
  paper: papers.A,
  where: 'beyond the paper',
  summary: 'rank correlation of gamma_out, gamma_in, coherence and anisotropy before training with the loss barrier after it',
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
        ...Object.entries(predictors).map(([name, summary]) => value(name, summary)),
        value('barrier', 'loss barrier after training', 'nats'),
      ],
      rows: joinPredictors(tables),
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
