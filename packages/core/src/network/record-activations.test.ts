import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { keyFromSeed } from '@basinlab/tensor/random';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import { tinyBreaking, tinyMlp } from '../testing/suites/tiny-plugins.fixture.js';
import { buildNetwork } from './build-network.js';
import { createActivationRecorder, disposeActivations, recordActivations } from './record-activations.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('recorded activations are those of the forward pass, batch by batch', async () => {
  const network = buildNetwork({ architecture: tinyMlp, options: { width: 5 }, breaking: tinyBreaking });
  const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const inputs = tf.tensor2d(
    Array.from({ length: 7 * 6 }, (_, i) => Math.sin(i)),
    [7, 6],
  );
  const batches = recordActivations(network, variables, inputs, { model: 'a', batch: 3, sites: ['post-activation', 'post-norm'] });

  expect(batches.map(({ rows }) => rows)).toEqual([3, 3, 1]);
  expect(batches.map(({ columns }) => columns.map(({ name }) => name))).toEqual(Array(3).fill(['a.hidden.post-activation']));
  expect(batches[0]!.columns[0]!.field).toEqual({ model: 'a', layer: 'hidden', site: 'post-activation', group: 'hidden' });
  const { ['hidden.weight']: weight, ['hidden.bias']: bias } = network.effective(variables);
  const expected = tf.relu(tf.add(tf.matMul(inputs, weight as Tensor2D, false, true), bias!));
  const recorded = tf.concat(batches.map(({ columns }) => columns[0]!.tensor));
  expectAllclose(await recorded.data(), await expected.data());

  disposeActivations(batches);
});

test('nothing is recorded at sites the network does not have', () => {
  const network = buildNetwork({ architecture: tinyMlp, options: {}, breaking: tinyBreaking });
  const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const [batch] = recordActivations(network, variables, tf.zeros([2, 6]), { model: 'a', sites: ['post-linear'] });
  expect(batch!.columns).toEqual([]);
});

test('a stream gives the same batches, of which only one is in memory', () => {
  const network = buildNetwork({ architecture: tinyMlp, options: {}, breaking: tinyBreaking });
  const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const inputs = tf.tensor2d(
    Array.from({ length: 5 * 6 }, (_, i) => Math.cos(i)),
    [5, 6],
  );
  const recorder = createActivationRecorder(network, { batch: 2 });
  const all = recorder.record('a', variables, inputs);
  const before = tf.memory().numTensors;
  let index = 0;
  for (const { rows, columns } of recorder.stream('a', variables, inputs)) {
    expect(tf.memory().numTensors - before).toBe(1);
    const expected = all[index++]!;
    expect([rows, columns[0]!.name]).toEqual([expected.rows, expected.columns[0]!.name]);
    expectAllclose(columns[0]!.tensor, expected.columns[0]!.tensor, { rtol: 0, atol: 0 });
  }
  expect([index, tf.memory().numTensors - before]).toEqual([3, 0]);
  for (const { rows } of recorder.stream('a', variables, inputs)) if (rows === 2) break;
  expect(tf.memory().numTensors - before).toBe(0);
  recorder.dispose();
  disposeActivations(all);
});

test('recording and disposing leaves no tensor behind', () => {
  const network = buildNetwork({ architecture: tinyMlp, options: {}, breaking: tinyBreaking });
  const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const inputs = tf.zeros([5, 6]);
  const before = tf.memory().numTensors;
  disposeActivations(recordActivations(network, variables, inputs, { model: 'a', batch: 2 }));
  expect(tf.memory().numTensors).toBe(before);
});
