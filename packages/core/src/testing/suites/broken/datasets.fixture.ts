import * as tf from '@tensorflow/tfjs-core';
import type { LoadedDataset } from '../../../contracts/index.js';
import { datasetContract } from '../dataset.js';
import { tinyDataset } from '../tiny-plugins.fixture.js';
import { brokenBy, type Collection } from './collection.fixture.js';

type Tiny = typeof tinyDataset;

const contract = (change: Partial<Tiny>) =>
  datasetContract({ ...tinyDataset, ...change }, [{ options: {}, samples: { train: 6, validation: 2, test: 3 } }]);
const loading = (change: (data: LoadedDataset) => Partial<LoadedDataset>): Partial<Tiny> => ({
  async load(options) {
    const data = await tinyDataset.load(options);
    return { ...data, ...change(data) };
  },
});
/** The train split with other inputs, which are disposed with the rest. */
const inputs = (change: (inputs: tf.Tensor) => tf.Tensor): Partial<Tiny> =>
  loading((data) => {
    const changed = change(data.train.inputs);
    return {
      train: { ...data.train, inputs: changed },
      dispose() {
        changed.dispose();
        data.dispose();
      },
    };
  });
const splits = 'splits hold finite float32 inputs and int32 labels from 0 to classes - 1, and dispose leaves nothing';
const augmentation = 'an augmentation keeps shapes and types, and gives the same for the same key';

let calls = 0;

/** Data sets of noise. */
export const datasets: Collection = {
  family: 'dataset',
  right: [
    contract({}),
    contract(loading(() => ({ augment: (_, { inputs: x, labels }) => ({ inputs: tf.neg(x), labels: tf.clone(labels) }) }))),
  ],
  broken: [
    ...brokenBy<Tiny>(contract, [
      ['labels out of range', splits, loading(() => ({ classes: 2 }))],
      ['another input shape than it says', splits, loading(() => ({ inputShape: [3] }))],
      ['inputs that are not finite', splits, inputs((x) => tf.div(x, 0))],
      ['inputs of int32', splits, inputs((x) => tf.cast(x, 'int32'))],
      ['tensors that dispose forgets', splits, loading(() => ({ dispose: () => undefined }))],
      ['other data each time', 'loads the same data each time', inputs((x) => tf.add(x, calls++))],
      [
        'an augmentation of another shape',
        augmentation,
        loading(() => ({ augment: (_, { inputs: x, labels }) => ({ inputs: tf.sum(x, 1), labels: tf.clone(labels) }) })),
      ],
      [
        'an augmentation that does not follow from its key',
        augmentation,
        loading(() => ({ augment: (_, { inputs: x, labels }) => ({ inputs: tf.add(x, calls++), labels: tf.clone(labels) }) })),
      ],
      [
        'nothing said about where the data are',
        'says where its data are, or how to get them',
        { status: async () => ({ available: true, where: '' }) },
      ],
    ]),
    {
      fault: 'fewer samples than known',
      caughtBy: splits,
      contract: datasetContract(tinyDataset, [{ options: {}, samples: { train: 7, validation: 2, test: 3 } }]),
    },
  ],
};
