import * as tf from '@tensorflow/tfjs-core';
import { NOT_ASKED } from '@basinlab/tensor/evaluation';
import { device, keyFromSeed } from '@basinlab/tensor/random';
import { expectAllclose } from '@basinlab/tensor/testing';
import type { Dataset, LoadedDataset, Split } from '../../contracts/index.js';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, forExample, identityChecks, optionChecks } from './check.js';
import type { Check, Contract } from './check.js';

/** Options that a data set is tested with, and what it should hold. */
export interface DatasetExample<O> {
  readonly options: Partial<O>;
  /** Number of samples of each split, where it is known. */
  readonly samples?: { readonly train: number; readonly validation: number; readonly test: number };
}

/** What every dataset must do: say where it is, load the same finite splits each time with labels below `classes`, and dispose all of them. */
export function datasetContract<O>(dataset: Dataset<O>, examples: readonly DatasetExample<O>[]): Contract {
  const each = (example: DatasetExample<O>): Check[] => {
    const withData = (use: (data: LoadedDataset) => void | Promise<void>) => () =>
      assertNoLeak(async () => {
        const data = await dataset.load(dataset.options.parse(example.options));
        try {
          await use(data);
        } finally {
          data.dispose();
        }
      });
    return forExample(example, [
      ...optionChecks(dataset.options, example.options),
      {
        name: 'splits hold finite float32 inputs and int32 labels from 0 to classes - 1, and dispose leaves nothing',
        run: withData(async (data) => {
          assert.ok(Number.isInteger(data.classes) && data.classes > 1, `classes ${data.classes}`);
          for (const [name, split] of Object.entries(splitsOf(data))) {
            await assertSplit(name, split, data);
            const samples = example.samples?.[name as keyof ReturnType<typeof splitsOf>];
            if (samples !== undefined) assert.equal(split.inputs.shape[0], samples, `samples of ${name}`);
          }
        }),
      },
      {
        name: 'an augmentation keeps shapes and types, and gives the same for the same key',
        run: withData(async ({ augment, train }) => {
          if (augment === undefined) return;
          const [first, again] = tf.tidy(() => {
            const some = (x: tf.Tensor): tf.Tensor => tf.slice(x, 0, Math.min(8, x.shape[0]!));
            const batch = { inputs: some(train.inputs), labels: some(train.labels) };
            const key = device.keyTensor(keyFromSeed(1));
            return [augment(key, batch), augment(key, batch)] as const;
          });
          for (const part of ['inputs', 'labels'] as const) {
            assert.deepEqual([first[part].shape.slice(1), first[part].dtype], [train[part].shape.slice(1), train[part].dtype]);
            expectAllclose(await again[part].data(), await first[part].data(), { rtol: 0, atol: 0 });
          }
          tf.dispose([first, again]);
        }),
      },
      {
        name: 'loads the same data each time',
        run: withData(async (data) => {
          const again = await dataset.load(dataset.options.parse(example.options));
          try {
            for (const [name, split] of Object.entries(splitsOf(data))) {
              const other = splitsOf(again)[name as 'train'];
              expectAllclose(await other.labels.data(), await split.labels.data(), { rtol: 0, atol: 0 });
              expectAllclose(await other.inputs.data(), await split.inputs.data(), { rtol: 0, atol: 0 });
            }
          } finally {
            again.dispose();
          }
        }),
      },
    ]);
  };
  return contractOf(`dataset ${dataset.id}`, [
    ...identityChecks(dataset),
    {
      name: 'says where its data are, or how to get them',
      async run() {
        const { available, where } = await dataset.status();
        assert.equal(typeof available, 'boolean');
        assert.ok(where.length > 0, 'where must not be empty');
      },
    },
    ...examples.flatMap(each),
  ]);
}

async function assertSplit(name: string, { inputs, labels, nodes }: Split, data: LoadedDataset): Promise<void> {
  const { classes, inputShape, task, graph } = data;
  const [samples, ...shape] = inputs.shape;
  assert.ok(samples! > 0, `${name} must not be empty`);
  assert.deepEqual(shape, [...inputShape], `${name}: shape of one input`);
  const multiLabel = task === 'multi-label';
  const masked = task === 'masked-tokens';
  const tokens = task === 'next-token' || masked;
  assert.deepEqual([inputs.dtype, labels.dtype], [tokens ? 'int32' : 'float32', multiLabel ? 'float32' : 'int32'], name);
  const labelled = multiLabel ? [samples, classes] : tokens ? inputs.shape : [samples];
  assert.deepEqual(labels.shape, labelled, `${name}: one label for each input`);
  assert.equal(nodes !== undefined, graph !== undefined, `${name}: nodes where there is a graph`);
  if (nodes !== undefined) assert.deepEqual(nodes.shape, [samples], `${name}: one node for each input`);
  const finite = tf.tidy(() => tf.all(tf.isFinite(inputs)));
  assert.equal((await finite.data())[0], 1, `${name}: inputs must be finite`);
  finite.dispose();
  const values = await labels.data();
  const largest = multiLabel ? 1 : classes - 1;
  assert.ok(
    values.every((label) => Number.isInteger(label) && label >= (masked ? NOT_ASKED : 0) && label <= largest),
    `${name}: labels must be 0 to ${largest}${masked ? ', or -1' : ''}`,
  );
}

const splitsOf = ({ train, validation, test }: LoadedDataset) => ({ train, validation, test });
