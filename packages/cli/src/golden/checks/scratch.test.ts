import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@basinlab/core';
import { checkGolden } from '../index.js';
import { mlpForwardGrad } from './mlp-forward-grad.js';
import { convertToStandard } from './convert-to-standard.js';
import { masks } from './masks.js';
import { optimizerTrajectory } from './optimizer-trajectory.js';
import { learningRateSchedules } from './learning-rate-schedules.js';
test('golden', async () => {
  await tf.setBackend('cpu');
  const r = await checkGolden('/work/shared/golden', {
    checks: [mlpForwardGrad, convertToStandard, masks, optimizerTrajectory, learningRateSchedules],
    onLine: (l) => process.stdout.write(l + '\n'),
    only: (id) => /^(mlp_forward|convert|trainer_eval|masks|adamw_t|sgd_t|lr_s|train_val)/.test(id),
  });
  expect(r.failed).toBe(0);
});
