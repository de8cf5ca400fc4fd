// How near training comes to what a device can do: its measured limits, then a population of MLPs against them, without data from disk.
//   node bench/device.mjs [--models 16] [--epochs 2] [--steps 844] [--size 8192] [--megabytes 1024] [--execution map|vmap] [--json]
// `size` is that of the square products, `megabytes` that of the array which is copied: small ones for a trial on processors.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, jit } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { adamw, constant, defineUpdateRule, executionFor, populationKeys, trainPopulation } from '@basinlab/core/training';
import { mlp, standard } from '@basinlab/models-asymmetric';
import { registerXla } from '@basinlab/xla';
import { medianSeconds } from './timing.mjs';

const number = (value) => ({ type: 'string', default: String(value) });
const { values } = parseArgs({
  options: {
    models: number(16),
    epochs: number(2),
    steps: number(844),
    size: number(8192),
    megabytes: number(1024),
    execution: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [models, epochs, steps, size, megabytes] = ['models', 'epochs', 'steps', 'size', 'megabytes'].map((name) => Number(values[name]));
const BATCH = 64;
/** Epochs of the paper. */
const PAPER = 100;

const { platform } = await registerXla();
const [device] = tf.backend().runtime.client.devices;
const execution = values.execution ?? executionFor(platform);
const row = (fields) =>
  console.log(
    values.json
      ? JSON.stringify(fields)
      : Object.entries(fields)
          .map(([key, value]) => `${key} ${value}`)
          .join(', '),
  );
row({ device: device.kind, platform, models, steps, execution });

/** A product of squares: operations a second. */
async function productsPerSecond() {
  const [a, b] = [0, 1].map((seed) => tf.randomNormal([size, size], 0, 1, 'float32', seed));
  const product = jit((x, y) => tf.matMul(x, y, false, true), { name: 'bench-product' });
  const seconds = await medianSeconds(() => ready(product(a, b)), 5);
  tf.dispose([a, b]);
  return (2 * size ** 3) / seconds;
}

/** An array read and written once: bytes a second. */
async function bytesPerSecond() {
  const array = tf.zeros([Math.round((megabytes * 2 ** 20) / 4)]);
  const copy = jit((x) => tf.add(x, 1), { name: 'bench-copy' });
  const seconds = await medianSeconds(() => ready(copy(array)), 5);
  array.dispose();
  return (2 * megabytes * 2 ** 20) / seconds;
}

/** Waits for a result by reading one of its numbers. */
async function ready(result) {
  const one = tf.slice(tf.reshape(result, [-1]), 0, 1);
  await one.data();
  tf.dispose([one, result]);
}

/** Seconds of the last epoch of a population. */
async function populationSeconds() {
  const samples = steps * BATCH;
  const key = keyFromSeed(1);
  const train = {
    inputs: tf.tensor2d(normal(childKey(key, 'images'), samples * 784), [samples, 784]),
    labels: tf.tensor1d(randomInt(childKey(key, 'labels'), samples, 0, 10), 'int32'),
  };
  const validation = { inputs: tf.slice(train.inputs, 0, 0), labels: tf.slice(train.labels, 0, 0) };
  const network = buildNetwork({
    architecture: mlp,
    options: { inputs: 784, widths: [512, 512, 512], outputs: 10, norm: 'layer', activation: 'gelu' },
    breaking: standard,
  });
  const updateRule = defineUpdateRule({
    optimizer: adamw,
    optimizerOptions: { weightDecay: 0.01 },
    schedule: constant,
    learningRate: 1e-3,
  });
  const plan = { network, updateRule, execution, batch: BATCH, epochs, data: { train, validation }, keys: populationKeys(0, models) };
  const ends = [];
  await new Promise((resolve, reject) => {
    trainPopulation(plan).subscribe({
      next: (event) => {
        if (event.kind === 'metric') ends.push(performance.now());
        if (event.kind === 'trained') for (const { params } of event.models) tf.dispose(params);
      },
      error: reject,
      complete: resolve,
    });
  });
  return (ends.at(-1) - ends.at(-2)) / 1000;
}

const weights = 784 * 512 + 2 * 512 * 512 + 512 * 10;
/** Of one step: products forward, by weights and by inputs, the first layer's inputs left out. */
const operations = 2 * BATCH * (3 * weights - 784 * 512);
/** AdamW reads the weight, its gradient and two moments, and writes three of them. */
const bytes = 4 * 7 * weights;

const [peak, bandwidth] = [await productsPerSecond(), await bytesPerSecond()];
row({ products: `${(peak / 1e12).toFixed(2)} TFLOP/s of float32`, copies: `${(bandwidth / 1e9).toFixed(0)} GB/s` });
const seconds = await populationSeconds();
const perStep = seconds / steps / models;
row({
  'step and model': `${(1e6 * perStep).toFixed(0)} us`,
  'population of the paper': `${(PAPER * seconds * (844 / steps)).toFixed(1)} s`,
  'of the products': (operations / perStep / peak).toFixed(2),
  'of the copies': (bytes / perStep / bandwidth).toFixed(2),
});
const memory = device.memoryStats();
row({ memory: memory === null ? 'not told' : `${(memory.peakBytesInUse / 2 ** 20).toFixed(0)} MB at most` });
process.exit(0);
