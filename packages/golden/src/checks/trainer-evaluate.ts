import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '@basinlab/core';
import { evaluate } from '@basinlab/core/training';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { referenceMlp } from './reference-mlp.js';

/** Loss (mean of batch means) and accuracy (a share) in evaluation mode, with a smaller last batch. */
export const trainerEvaluateCheck: GoldenCheck = {
  kinds: ['trainer_evaluate'],
  async compute(fixture) {
    let network: Network | undefined;
    const variables = tf.tidy(() => {
      const reference = referenceMlp(fixture, 'model.');
      network = reference.network;
      return { ...reference.variables };
    });
    const split = { inputs: toDevice(inputOf(fixture, 'x')), labels: toDevice(inputOf(fixture, 'labels')) };
    const { meanOfBatches, accuracy } = await evaluate(network!, variables, split, { batch: parameterOf(fixture, 'batch', z.number()) });
    tf.dispose([variables, split.inputs, split.labels] as tf.TensorContainer);
    return { loss: [meanOfBatches], accuracy: [accuracy] };
  },
};
