import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Measurement, MeasurementContext } from '../../../contracts/index.js';
import { defineMeasurement, foldActivations } from '../../../measurement/index.js';
import { buildNetwork } from '../../../network/index.js';
import { drain } from '../../../pipeline/index.js';
import { measurementContract, type MeasurementExample } from '../measurement.js';
import { sampleKey, sampleNormal, unbroken } from '../sample.js';
import { tinyMlp } from '../tiny-plugins.fixture.js';
import { brokenBy, type Collection } from './collection.fixture.js';

const network = buildNetwork({ architecture: tinyMlp, options: {}, breaking: unbroken });
const example: MeasurementExample = {
  network,
  models: () => [network.init({ initKey: sampleKey('init'), constantsKey: sampleKey('constants') })],
  examples: () => ({ inputs: sampleNormal('examples', [8, 6]), labels: tf.zeros([8], 'int32') }),
};

type Needs = { readonly activations: { readonly sites: readonly ['post-activation'] } };
type Tiny = Measurement<{ threshold: number }, 'model', Needs>;

/** Sum and number of the activations that the batches hold. */
const sums = ({ activations }: MeasurementContext<Needs>) =>
  foldActivations(activations, { sum: 0, count: 0 }, async ({ sum, count }, { columns }) => {
    const { tensor } = columns[0]!;
    const part = tf.tidy(() => tf.sum(tf.sigmoid(tensor)));
    const [value] = await part.data();
    part.dispose();
    return { sum: sum + value!, count: count + tensor.size };
  });

const tinyMeasurement: Tiny = {
  id: 'tiny-measurement',
  summary: 'mean of squashed activations',
  of: 'model',
  needs: { activations: { sites: ['post-activation'] } },
  options: z.strictObject({ threshold: z.number().default(0) }),
  columns: [{ name: 'mean', summary: 'their mean', role: 'value', type: 'number', range: [0, 1] }],
  plots: [{ kind: 'bars', title: 'Mean', x: 'model', y: 'mean' }],
  async measure(_, __, context) {
    const { sum, count } = await sums(context);
    return [{ mean: sum / count }];
  },
};

const contract = (change: Partial<Tiny>) => measurementContract(defineMeasurement({ ...tinyMeasurement, ...change }), [example]);
const rows = 'rows fit their columns, and are those expected';
const same = 'the same again, and for other batches';
const own = 'columns have names of their own, and one is a value';

let calls = 0;

/** Measurements of one column. */
export const measurements: Collection = {
  family: 'measurement',
  right: [contract({})],
  broken: brokenBy<Tiny>(contract, [
    ['a column of the runner', own, { columns: [{ ...tinyMeasurement.columns[0]!, name: 'split' }], plots: [] }],
    ['no column of values', own, { columns: [{ ...tinyMeasurement.columns[0]!, role: 'axis' }] }],
    [
      'a plot of a column that is not there',
      'plots show declared columns',
      { plots: [{ kind: 'bars', title: 'x', x: 'layer', y: 'mean' }] },
    ],
    [
      'an option without a default',
      'resolved options are JSON and parse to themselves',
      { options: z.strictObject({ threshold: z.number() }) },
    ],
    ['a value out of range', rows, { measure: async (_, __, context) => [{ mean: (await sums(context)).sum }] }],
    ['a row of a column that was not declared', rows, { measure: async (_, __, context) => [{ average: (await sums(context)).sum }] }],
    ['no row', rows, { measure: async (_, __, context) => sums(context).then(() => []) }],
    ['a value that is NaN', rows, { measure: async (_, __, context) => sums(context).then(() => [{ mean: NaN }]) }],
    [
      'a tensor left behind',
      rows,
      {
        measure(model, options, context) {
          tf.keep(tf.scalar(1));
          return tinyMeasurement.measure(model, options, context);
        },
      },
    ],
    [
      'another value each time',
      same,
      { measure: async (_, __, context) => sums(context).then(({ sum, count }) => [{ mean: sum / count / ++calls }]) },
    ],
    [
      'a mean of the last batch',
      same,
      {
        async measure(_, __, { activations }) {
          const mean = await foldActivations(activations, 0, (_last, { columns }) =>
            tf.tidy(() => tf.mean(tf.sigmoid(columns[0]!.tensor)).dataSync()[0]!),
          );
          return [{ mean }];
        },
      },
    ],
    [
      'a state on the device that an end before the last batch leaves there',
      'stops in the middle of the activations when it is told to, and leaves no tensor',
      {
        async measure(_, __, { activations }) {
          let state = tf.zeros([2]);
          await drain(activations, {
            onEvent({ columns }) {
              const next = tf.tidy(() => {
                const { tensor } = columns[0]!;
                return tf.add(state, tf.stack([tf.sum(tf.sigmoid(tensor)), tf.scalar(tensor.size)]));
              });
              state.dispose();
              state = next as typeof state;
            },
          });
          const [sum, count] = await state.data();
          state.dispose();
          return [{ mean: sum! / count! }];
        },
      },
    ],
  ]),
};
