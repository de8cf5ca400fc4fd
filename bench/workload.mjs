import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from '@basinlab/core';
import { downloadTensors, writeTensors } from '@basinlab/core/store';
import { childKey, keyFromSeed, randomInt, uniform } from '@basinlab/core/random';
import { adamw, constant, defineUpdateRule, populationKeys, trainPopulation } from '@basinlab/core/training';
import { mnist } from '@basinlab/datasets';
import { mlp, standard, w } from '@basinlab/models-asymmetric';
import { registerXla } from '@basinlab/xla';

const shape = { inputs: 784, widths: [512, 512, 512], outputs: 10, norm: 'layer', activation: 'gelu' };

/**
 * What all jobs share: the engine, MNIST (or random images of its shape) on the device, two standard networks trained for one epoch, and a file with the images and
 * both networks for the baselines.
 */
export async function makeWorkload({ random = false } = {}) {
  const engine = await registerXla();
  const data = random ? randomImages() : await mnist.load(mnist.options.parse({ flatten: true }));
  const networks = {
    standard: buildNetwork({ architecture: mlp, options: shape, breaking: standard }),
    w: buildNetwork({
      architecture: mlp,
      options: shape,
      breaking: w,
      breakingOptions: { fixedPerUnit: [64, 64, 64, 256], fixedScale: 1 },
    }),
  };
  const updateRule = defineUpdateRule({
    optimizer: adamw,
    optimizerOptions: { weightDecay: 0.01 },
    schedule: constant,
    learningRate: 1e-3,
  });
  /** Training of `models` models on the first `samples` training images, without validation. */
  const planOf = (network, models, { samples, ...more }) => {
    const first = ({ inputs, labels }, count) => ({
      inputs: tf.slice(inputs, [0, 0], [count, -1]),
      labels: tf.slice(labels, [0], [count]),
    });
    const train = samples === undefined ? data.train : first(data.train, samples);
    const parts = { train, validation: first(data.validation, 0) };
    return { network, updateRule, data: parts, keys: populationKeys(0, models), batch: 64, ...more };
  };
  const train = (network, models, epochs, onEvent = () => undefined) =>
    new Promise((resolve, reject) => {
      let trained;
      trainPopulation(planOf(network, models, { epochs })).subscribe({
        next: (event) => {
          onEvent(event);
          if (event.kind === 'trained') trained = event.models;
        },
        error: reject,
        complete: () => resolve(trained),
      });
    });
  const [a, b] = await train(networks.standard, 2, 1);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-bench-'));
  const file = path.join(folder, 'workload.safetensors');
  const prefixed = (prefix, tensors) => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
  const stored = { images: data.train.inputs, labels: data.train.labels, ...prefixed('a', a.params), ...prefixed('b', b.params) };
  await writeTensors(file, await downloadTensors(stored));
  return { engine, data, networks, planOf, train, a, b, file, dispose: () => fs.rmSync(folder, { recursive: true }) };
}

/** Noise of MNIST's shape and splits. */
function randomImages() {
  const key = keyFromSeed(1);
  const split = (name, samples) => ({
    inputs: tf.tensor2d(uniform(childKey(key, `${name}-images`), samples * 784), [samples, 784]),
    labels: tf.tensor1d(randomInt(childKey(key, name), samples, 0, 10), 'int32'),
  });
  return { train: split('train', 54_000), validation: split('validation', 6_000), test: split('test', 10_000) };
}
