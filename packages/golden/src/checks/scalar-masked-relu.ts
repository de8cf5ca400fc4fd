import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from '@basinlab/core/training';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { hostValues } from './reference-mlp.js';
import { scalarNames, scalarNetwork } from './scalar-network.js';

/** Outputs, mean squared error and gradients of the scalar network of the synthetic coherence experiment. */
export const scalarMaskedReluCheck: GoldenCheck = {
  kinds: ['scalar_masked_relu_net'],
  compute: (fixture) =>
    hostValues(() => {
      const { network, constants } = scalarNetwork(fixture, { bias: parameterOf(fixture, 'train_hidden_bias', z.boolean()) });
      const names = Object.entries(scalarNames).filter(([, name]) => network.params.some((spec) => spec.name === name));
      const given = Object.fromEntries(names.map(([theirs, ours]) => [ours, toDevice(inputOf(fixture, theirs))]));
      const [x, y] = [toDevice(inputOf(fixture, 'x')), toDevice(inputOf(fixture, 'y'))];
      const { value, gradients, aside } = valueAndGradients((params) => {
        const { logits } = network.apply({ params, constants, state: {} }, x, { training: true });
        return { value: tf.mean(tf.square(tf.sub(logits, y))), aside: { out: logits } };
      }, given);
      return {
        out: aside.out,
        loss: value,
        ...Object.fromEntries(names.map(([theirs, ours]) => [`grad.${theirs}`, gradients[ours]!])),
      };
    }),
};
