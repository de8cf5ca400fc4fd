import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@basinlab/core';
import { checkGolden, goldenChecks } from '../index.js';

const folder = fileURLToPath(new URL('../fixtures/realization', import.meta.url));

test('realization costs, ridge realization, coherence and anisotropy agree with the reference', async () => {
  await tf.setBackend('cpu');
  const { fixtures } = await checkGolden(folder, { checks: goldenChecks });
  expect(fixtures.filter(({ status }) => status !== 'passed').map(({ line }) => line)).toEqual([]);
  expect(fixtures).toHaveLength(9);
});
