import type { MeasurementRow, PopulationRequest, Reproduction } from '@basinlab/core';
import { mnistPopulations, shapeOverrides } from '../shared/mlp-populations.js';
import { aggregate } from '../shared/aggregate.js';
import { label } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import { settings, settingsAt, type Settings } from './connectivity-mnist.settings.js';

/** The MLPs of paper A with ReLU, which commutes with positive factors: two of each kind. */
const populationsOf = ({ model }: Settings): PopulationRequest[] =>
  [mnistPopulations.standard, mnistPopulations.w].map((population) => ({
    ...population,
    set: ['architecture.options.activation=relu', 'training.models=2', ...shapeOverrides(model, population)],
  }));

const by = ['breaking', 'fixedScale'];
const whole = { t: null };

/** What the columns of whole chords and paths are called among the numbers. */
const chordQuantities = {
  barrier: 'barrier to the rescaled self (nats)',
  certified: 'certified bound on it (nats)',
  lossChange: 'loss change on the curve (nats)',
  curvatureTimesChord: 'curvature × distance',
  chord: 'distance of the rescaled self',
};
const pathQuantities = {
  lossBarrier: 'loss barrier between two networks (nats)',
  accuracyBarrier: 'accuracy barrier between two networks (%)',
  distance: 'distance of the ends',
  length: 'length of the path',
};

/** Rows that have a number in a column. */
const rowsWith = (rows: readonly MeasurementRow[], column: string): MeasurementRow[] =>
  rows.filter((row) => typeof row[column] === 'number');

/** Paper B's curves and certificates on trained networks, which it leaves open. */
export const connectivityMnist: Reproduction<Settings> = {
  id: 'connectivity-mnist',
  title: 'Symmetry, curvature and connectivity of MNIST MLPs',
  paper: papers.B,
  where: 'beyond the paper',
  summary: 'symmetry-induced curves, certificates and learned curves of standard and W MLPs trained on MNIST',
  cost: 'on 2 cores: smoke < 1 min, small 3 min, paper hours (estimated)',
  settings,
  scale: settingsAt,
  populations: populationsOf,
  measurements: ({ strengths, learned, plane, measure: { points, gradientPoints, intervals, restarts } }) => [
    {
      measurements: [
        { id: 'rescaled-chord', options: { strengths, points, intervals, gradientPoints } },
        { id: 'symmetric-paths', options: { points, restarts } },
        { id: 'learned-paths', options: { points, intervals, ...learned } },
      ],
    },
    {
      measurements: [{ id: 'rescaled-plane', options: { ...plane, points: 2 * points - 1, ...learned } }],
      on: ({ breaking }) => breaking === 'standard',
    },
  ],
  derive: ({ 'rescaled-chord': chords, 'symmetric-paths': symmetric, 'learned-paths': learned }) => ({
    paths: { columns: symmetric!.columns, rows: [...symmetric!.rows, ...learned!.rows] },
    certificates: {
      columns: [...chords!.columns, label('bound', 'measured or certified')],
      rows: [
        ...rowsWith(chords!.rows, 'barrier').map((row) => ({ ...row, bound: 'measured' })),
        ...rowsWith(chords!.rows, 'certified').map((row) => ({ ...row, bound: 'certified', barrier: row['certified']! })),
      ],
    },
  }),
  summarize: ({ 'rescaled-chord': chords, paths, models }) => [
    ...Object.entries(chordQuantities).flatMap(([value, quantity]) =>
      aggregate(chords!.rows, { quantity, value, by: [...by, 'strength'], where: whole }),
    ),
    ...Object.entries(pathQuantities).flatMap(([value, quantity]) =>
      aggregate(paths!.rows, { quantity, value, by: [...by, 'path'], where: whole }),
    ),
    ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by }),
  ],
  across: 'strength',
  claims: [
    {
      statement: 'the loss is constant along symmetry-induced curves',
      paper: 'exactly',
      rule: 'along every curve to a rescaled self the test loss changes by less than 1e-4 nats',
      check({ tables }) {
        const largest = Math.max(...rowsWith(tables['rescaled-chord']!.rows, 'lossChange').map(({ lossChange }) => Number(lossChange)));
        return { ours: `at most ${largest.toExponential(1)} nats`, holds: largest < 1e-4 };
      },
    },
    {
      statement: 'the curvature of the curve bounds the loss on the straight line (theorem 6.2)',
      paper: 'a bound wherever the hypotheses hold',
      rule: 'no certified line rises above its bound, where the largest gradient found stands in for the Lipschitz constant',
      check({ tables }) {
        const certified = rowsWith(tables['rescaled-chord']!.rows, 'certified');
        const kept = certified.filter((row) => Number(row['barrier']) <= Number(row['certified']));
        return { ours: `${kept.length} of ${certified.length}`, holds: certified.length === 0 ? null : kept.length === certified.length };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'rescaled-chord', kind: 'lines', title: 'Test loss to the rescaled self', x: 't', y: 'loss', series: 'path' },
      ...{ facet: ['breaking', 'strength'], ownScales: true },
      caption:
        'Every hidden unit is multiplied by a random positive factor, which the weights that read it take back: the loss is constant on the curve.',
    },
    {
      ...{ table: 'certificates', kind: 'lines', title: 'Certified and measured change of the loss on the straight line' },
      ...{ x: 'strength', y: 'barrier', series: 'bound', facet: ['breaking'], scale: 'log', xScale: 'log' },
      caption: 'Strength is the deviation of the logarithm of the factors. No bound is shown where the theorem does not apply.',
    },
    {
      ...{ table: 'paths', kind: 'lines', title: 'Test loss along the paths between two networks', x: 't', y: 'loss', series: 'path' },
      ...{ facet: ['breaking'], scale: 'log' },
      caption:
        'From the first network (t = 0) to the second: as it is, with units permuted, with units permuted and rescaled, and learned.',
    },
    {
      ...{ table: 'rescaled-plane', kind: 'plane', title: 'Test loss around a network and its rescaled self', x: 'x', y: 'y' },
      ...{ value: 'loss', series: 'path', facet: ['model'], clip: 0.5 },
      caption:
        'Darker is lower. The plane runs through a network, its rescaled self and the middle of the curve between them. The learned curve leaves it: the colours beneath are not its loss.',
    },
  ],
};
