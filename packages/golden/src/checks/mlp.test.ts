import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@basinlab/core';
import { checkGolden, goldenChecks } from '../index.js';

// A few of the reference's fixtures; `basinlab check-golden` runs all of a folder.
const folder = fileURLToPath(new URL('../fixtures/mlp', import.meta.url));

test('MLPs, optimizers, schedules, masks and the data split agree with the reference', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  const { fixtures } = await checkGolden(folder, { checks: goldenChecks });
  expect(fixtures.filter(({ status }) => status !== 'passed').map(({ line }) => line)).toEqual([]);
  expect(fixtures).toHaveLength(13);
  expect(tf.memory().numTensors).toBe(before);
});
