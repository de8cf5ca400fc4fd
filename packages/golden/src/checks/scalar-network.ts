import { buildNetwork, demand } from '@basinlab/core';
import type { Network, Tensors } from '@basinlab/core';
import { bernoulliMask, scalarMaskedRelu } from '@basinlab/models-asymmetric';
import { z } from 'zod';
import type { GoldenFixture } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';

/** Our names of the parameters of the reference's scalar network, by its own. */
export const scalarNames: Readonly<Record<string, string>> = { hidden_weight: 'hidden.weight', hidden_bias: 'hidden.bias' };

/** Our network for the fixture's scalar network, with or without biases, and its mask. Call it inside `tf.tidy`. */
export function scalarNetwork(fixture: GoldenFixture, { bias }: { bias: boolean }): { network: Network; constants: Tensors } {
  const options = { inputs: parameterOf(fixture, 'ambient_dim', z.number()), width: parameterOf(fixture, 'width', z.number()), bias };
  const mask = inputOf(fixture, 'mask');
  demand(
    mask.shape[0] === options.width && mask.shape[1] === options.inputs,
    fixture.id,
    `a mask [${options.width}, ${options.inputs}]`,
    mask.shape,
  );
  return {
    network: buildNetwork({ architecture: scalarMaskedRelu, options, breaking: bernoulliMask }),
    constants: { 'hidden.weight.scale': toDevice(mask) },
  };
}
