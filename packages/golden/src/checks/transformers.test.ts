import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@basinlab/core';
import { checkGolden, goldenChecks } from '../index.js';

const folder = fileURLToPath(new URL('../fixtures/transformers', import.meta.url));

test('GPT-2 of the transformers library, its rewrites and its matching agree with the reference', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  const { fixtures } = await checkGolden(folder, { checks: goldenChecks });
  expect(fixtures.filter(({ status }) => status !== 'passed').map(({ line }) => line)).toEqual([]);
  expect(fixtures).toHaveLength(20);
  expect(tf.memory().numTensors).toBe(before);
});
