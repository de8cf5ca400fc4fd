import * as tf from '@tensorflow/tfjs-core';
import { evaluate } from '@basinlab/core/training';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { referenceMlp } from './reference-mlp.js';

/** Loss (mean of batch means) and accuracy (a share) in evaluation mode, with a smaller last batch. */
export const trainerEvaluateCheck: GoldenCheck = {
  kinds: ['trainer_evaluate'],
  async compute(fixture) {
    const { network, variables } = tf.tidy(() => ({ ...referenceMlp(fixture, 'model.') }));
    const split = { inputs: toDevice(inputOf(fixture, 'x')), labels: toDevice(inputOf(fixture, 'labels')) };
    const { meanOfBatches, accuracy } = await evaluate(network, variables, split, { batch: parameterOf(fixture, 'batch', z.number()) });
    tf.dispose([variables.params, variables.state, variables.constants, split.inputs, split.labels]);
    return { loss: [meanOfBatches], accuracy: [accuracy] };
  },
};
