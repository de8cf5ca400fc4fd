import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as streams from '@tensorflow/tfjs-data';
import * as layers from '@tensorflow/tfjs-layers';
import { expectAllclose } from '@basinlab/core/testing';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`tfjs-layers on xla: not tested, because it is not available (${detail})\n`);

const image = [8, 8, 1] as const;
/** A small convolutional network with what tfjs-layers is used for: norms, pools, dropout. */
function network(): layers.Sequential {
  const model = layers.sequential();
  const seeded = (seed: number) => layers.initializers.glorotNormal({ seed });
  model.add(layers.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [...image], kernelInitializer: seeded(1) }));
  model.add(layers.layers.batchNormalization());
  model.add(layers.layers.maxPooling2d({ poolSize: 2 }));
  model.add(layers.layers.flatten());
  model.add(layers.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2) }));
  model.compile({ optimizer: tf.train.adam(0.02), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** Images that are bright in one of three columns. */
function data(): { x: tf.Tensor; y: tf.Tensor } {
  const count = 60;
  const values = Float32Array.from({ length: count * 64 }, (_, i) => {
    const [sample, column] = [Math.floor(i / 64), i % 8];
    return (Math.floor(column / 3) === sample % 3 ? 1 : 0) + 0.3 * Math.sin(7 * i);
  });
  const labels = Float32Array.from({ length: count }, (_, i) => i % 3);
  return { x: tf.tensor(values, [count, ...image]), y: tf.tensor2d(labels, [count, 1]) };
}

(available ? describe : describe.skip)('a program of tfjs-layers on xla', () => {
  beforeAll(async () => {
    await xlaEngine.start();
  }, 120_000);
  afterAll(() => tf.removeBackend('xla'));

  test('fits, says what cpu says, and keeps no tensor of a step', async () => {
    const losses: Record<string, number[]> = {};
    for (const backend of ['cpu', 'xla']) {
      await tf.setBackend(backend);
      const [model, { x, y }] = [network(), data()];
      const fit = (epochs: number) => model.fit(x, y, { epochs, batchSize: 20, shuffle: false, verbose: 0 });
      losses[backend] = ((await fit(6)).history['loss'] as number[]).slice();
      const before = tf.memory().numTensors;
      await fit(2);
      expect(tf.memory().numTensors).toBe(before);
      model.dispose();
      tf.dispose([x, y]);
    }
    expectAllclose(losses['xla']!, losses['cpu']!, { rtol: 1e-3, atol: 1e-4 });
    expect(losses['xla']!.at(-1)!).toBeLessThan(0.7 * losses['xla']![0]!);
  }, 120_000);

  test('is saved and loaded again with the same outputs', async () => {
    await tf.setBackend('xla');
    const [model, { x }] = [network(), data()];
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const again = await layers.loadLayersModel(tf.io.fromMemory(saved!));
    expectAllclose(again.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor, { rtol: 0, atol: 0 });
  }, 120_000);

  test('takes its batches from a pipeline of tfjs-data', async () => {
    await tf.setBackend('xla');
    const [model, { x, y }] = [network(), data()];
    const samples = streams.zip({ xs: streams.array(tf.unstack(x)), ys: streams.array(tf.unstack(y)) });
    // Every sample is computed on, on the device.
    const batches = samples
      .map((sample) => ({ ...(sample as { ys: tf.Tensor }), xs: tf.reverse((sample as { xs: tf.Tensor }).xs, 0) }))
      .shuffle(60, 'seed')
      .batch(20)
      .prefetch(1);
    const { history } = await model.fitDataset(batches as streams.Dataset<tf.TensorContainer>, { epochs: 6, verbose: 0 });
    const [first, ...rest] = history['loss'] as number[];
    expect(rest.at(-1)!).toBeLessThan(0.7 * first!);
    // Columns tell the class: images whose rows were not reversed have the same.
    expect(tf.argMax(model.predict(x) as tf.Tensor, 1).dataSync()).toEqual(tf.cast(tf.squeeze(y), 'int32').dataSync());
  }, 120_000);
});
