// What the browser test runs in Node and, bundled, in a page: three kinds of metrics on one small problem, on whatever backend is current.
import * as tf from '@tensorflow/tfjs-core';
import type { ActivationBatch, Metric, MetricRow } from '@basinlab/tensor';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { accuracy } from './accuracy.js';
import { linearCka } from './cka/index.js';
import { crossEntropy } from './cross-entropy.js';
import { linearModeConnectivity } from './linear-mode-connectivity.js';
import { twoLayerModels } from './two-layer.fixture.js';

const rows = 40;

/** Numbers by name. */
export async function measureEverything(): Promise<Record<string, number>> {
  const { network, models } = twoLayerModels(false, 1, 2);
  const [a, b] = [models[0]!, models[1]!];
  const inputs = tf.tensor2d(normal(keyFromSeed(3), rows * 3), [rows, 3]);
  const labels = tf.tensor1d(
    Int32Array.from({ length: rows }, (_, i) => i % 2),
    'int32',
  );
  const { splits, distance } = await linearModeConnectivity(network, a, b, { test: { inputs, labels } }, { steps: 4, batch: 16 });
  const logits = models.map((model) => network.apply(model, inputs).logits);
  const column = (name: string, model: string, tensor: tf.Tensor): ActivationBatch['columns'][number] => ({
    name,
    field: { model, layer: 'logits', site: 'post-linear' },
    tensor,
  });
  // Two batches, so that states are merged.
  const batches = [0, rows / 2].map((from): ActivationBatch => {
    const part = (x: tf.Tensor): tf.Tensor => tf.slice(x, from, rows / 2);
    const columns = [
      column('logits', 'a', part(logits[0]!)),
      column('other', 'b', part(logits[1]!)),
      column('labels', 'data', part(labels)),
    ];
    return { rows: rows / 2, columns };
  });
  const streamed = <S>({ init, update, result }: Metric<S>): readonly MetricRow[] => result(batches.reduce(update, init()));
  return {
    distance,
    lossBarrier: splits.test.lossBarrier,
    accuracyBarrier: splits.test.accuracyBarrier,
    middleLoss: splits.test.loss[2]!,
    ...Object.fromEntries(
      [...streamed(accuracy), ...streamed(crossEntropy), ...streamed(linearCka)].map(({ name, value }) => [name, value]),
    ),
  };
}
