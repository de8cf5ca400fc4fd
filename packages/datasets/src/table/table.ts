import * as tf from '@tensorflow/tfjs-core';
import type { Dataset, Split } from '@basinlab/core';
import { demand } from '@basinlab/core';
import { z } from 'zod';
import { disposeSplits } from '../images/load-images.js';
import { trainValidationSplit } from '../train-validation-split.js';
import type { Column } from './column.js';
import { readColumn } from './read-column.js';

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits, in lower case')
  .optional();
const share = z.number().min(0).lt(1);

const options = z
  .strictObject({
    /** A .npy, safetensors or Arrow file with the inputs, one row per sample. */
    inputs: z.string(),
    /** The file with the labels. Default: that of the inputs. */
    labels: z.string().optional(),
    /** Likewise for testing. Default: `testFraction` of the samples above. */
    testInputs: z.string().optional(),
    testLabels: z.string().optional(),
    /** What the tensors or columns are called in files that name them. */
    inputsName: z.string().default('inputs'),
    labelsName: z.string().default('labels'),
    testFraction: share.default(0.1),
    /** Share of what is not for testing. */
    validationFraction: share.default(0.1),
    splitSeed: z.number().int().default(42),
    /** Number of classes. Default: the largest label and 1, at least 2. */
    classes: z.number().int().min(2).optional(),
    /** SHA-256 that files must have, by the name of the option that gives the file. */
    sha256: z.strictObject({ inputs: sha256, labels: sha256, testInputs: sha256, testLabels: sha256 }).default({}),
    /** Shape of one input. Default: that of a row. */
    inputShape: z.array(z.number().int().positive()).optional(),
  })
  .refine(({ testInputs, testLabels }) => testLabels === undefined || testInputs !== undefined, {
    message: 'testLabels need testInputs',
    path: ['testLabels'],
  });

/** Options of `table`. */
export type TableOptions = z.output<typeof options>;

/** A custom data set out of files: inputs of any shape as they are, and class indices. Nothing is normalised. */
export const table: Dataset<TableOptions> = {
  id: 'table',
  summary: 'Your own inputs and labels from .npy, safetensors or Arrow files',
  options,
  status: () => Promise.resolve({ available: true, where: 'the files that options.inputs and options.labels name' }),
  async load(asked) {
    const { inputs, labels = inputs, testInputs, testLabels = testInputs, inputsName, labelsName } = asked;
    const { sha256: sums } = asked;
    const samples = await readSamples(
      { path: inputs, name: inputsName, sha256: sums.inputs },
      { path: labels, name: labelsName, sha256: sums.labels },
    );
    const testing =
      testInputs === undefined
        ? undefined
        : await readSamples(
            { path: testInputs, name: inputsName, sha256: sums.testInputs },
            { path: testLabels!, name: labelsName, sha256: sums.testLabels },
          );
    const width = rowSize(samples.inputs);
    const inputShape = asked.inputShape ?? samples.inputs.shape.slice(1);
    demand(size(inputShape) === width, 'table', `an inputShape of ${width} numbers, as a row of ${inputs} has`, inputShape);
    if (testing !== undefined)
      demand(rowSize(testing.inputs) === width, testInputs!, `rows of ${width} numbers, as in ${inputs}`, rowSize(testing.inputs));
    const most = Math.max(1, largest(samples.labels), largest(testing?.labels ?? []));
    const classes = asked.classes ?? most + 1;
    demand(most < classes, 'table', `labels from 0 to ${classes - 1}`, most);
    const split = positions(samples.labels.length, testing?.labels.length, asked);
    const part = (from: Samples, rows: Int32Array): Split => upload(from, rows, inputShape);
    const parts = {
      train: part(samples, split.train),
      validation: part(samples, split.validation),
      test: part(testing ?? samples, split.test),
    };
    return { ...parts, classes, inputShape, dispose: () => disposeSplits(parts) };
  },
};

/** Where a column is, and what its file must have. */
interface Place {
  readonly path: string;
  readonly name: string;
  readonly sha256: string | undefined;
}

interface Samples {
  readonly inputs: Column;
  readonly labels: Int32Array;
}

async function readSamples(inputsAt: Place, labelsAt: Place): Promise<Samples> {
  const [inputsPath, labelsPath] = [inputsAt.path, labelsAt.path];
  const inputs = await readColumn(inputsPath, inputsAt.name, inputsAt.sha256);
  const { shape, data } = await readColumn(labelsPath, labelsAt.name, labelsAt.sha256);
  const rows = inputs.shape[0]!;
  demand(rows > 0 && inputs.shape.length > 1, inputsPath, 'inputs of shape [samples, ...]', inputs.shape);
  demand(size(shape) === rows, labelsPath, `${rows} labels, one for each row of ${inputsPath}`, shape);
  const label = data.findIndex((value) => !Number.isInteger(value) || value < 0 || value >= 2 ** 31);
  demand(label < 0, labelsPath, 'whole labels from 0', label < 0 ? undefined : `${data[label]} in row ${label}`);
  const value = inputs.data.findIndex((number) => !Number.isFinite(number));
  demand(
    value < 0,
    inputsPath,
    'finite inputs',
    value < 0 ? undefined : `${inputs.data[value]} in row ${Math.floor(value / rowSize(inputs))}`,
  );
  return { inputs, labels: Int32Array.from(data) };
}

/** Rows of each part; the test part's are those of its own file where there is one. */
function positions(
  count: number,
  testCount: number | undefined,
  { testFraction, validationFraction, splitSeed }: TableOptions,
): { train: Int32Array; validation: Int32Array; test: Int32Array } {
  const whole = Int32Array.from({ length: testCount ?? 0 }, (_, i) => i);
  // Another seed: otherwise the two shuffles would have much in common.
  const outer =
    testCount === undefined
      ? trainValidationSplit(count, testFraction, splitSeed + 1)
      : { train: Int32Array.from({ length: count }, (_, i) => i), validation: whole };
  const inner = trainValidationSplit(outer.train.length, validationFraction, splitSeed);
  const pick = (rows: Int32Array): Int32Array => rows.map((row) => outer.train[row]!);
  return { train: pick(inner.train), validation: pick(inner.validation), test: outer.validation };
}

function upload({ inputs, labels }: Samples, rows: Int32Array, inputShape: readonly number[]): Split {
  const width = rowSize(inputs);
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => data.set(inputs.data.subarray(row * width, (row + 1) * width), i * width));
  return {
    inputs: tf.tensor(data, [rows.length, ...inputShape]),
    labels: tf.tensor1d(
      rows.map((row) => labels[row]!),
      'int32',
    ),
  };
}

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const rowSize = ({ shape }: Column): number => size(shape.slice(1));
const largest = (labels: ArrayLike<number>): number =>
  Array.prototype.reduce.call(labels, (max, label) => Math.max(max as number, label as number), 0) as number;
