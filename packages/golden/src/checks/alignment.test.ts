import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@basinlab/core';
import { checkGolden, goldenChecks } from '../index.js';

const folder = fileURLToPath(new URL('../fixtures/alignment', import.meta.url));

test('connectivity, weight matching, permutation and activation matching agree with the reference', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  const { fixtures } = await checkGolden(folder, { checks: goldenChecks });
  expect(fixtures.filter(({ status }) => status !== 'passed').map(({ line }) => line)).toEqual([]);
  expect(fixtures).toHaveLength(12);
  expect(tf.memory().numTensors).toBe(before);
});
