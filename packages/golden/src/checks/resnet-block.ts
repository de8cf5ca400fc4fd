import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '@basinlab/core';
import { valueAndGradients } from '@basinlab/core/training';
import { applyResidualBlock, residualBlock, toReferenceName, unitParams, unitsOf } from '@basinlab/models-asymmetric';
import type { ResidualBlock } from '@basinlab/models-asymmetric';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { parameterOf } from '../inputs.js';
import { hostValues, renamed } from './reference-mlp.js';
import { brokenNetwork, imagesOf } from './reference-resnet.js';
import { referenceVariables } from './reference-variables.js';

/** What the block would be called in a whole network, there and here. */
const [there, here] = ['layer1.0.', 'stages.0.blocks.0'];

/** Output of one residual block, and the gradients of its sum weighted by `upstream` by parameters and input. */
export const resnetBlockCheck: GoldenCheck = {
  kinds: ['resnet_block'],
  compute: (fixture) =>
    hostValues(() => {
      const block = blockOf(fixture);
      const inputs = Object.fromEntries(Object.entries(fixture.inputs).map(([name, tensor]) => [there + name, tensor]));
      const network = brokenNetwork(alone(block), {}, Object.keys(inputs));
      const scale = (name: string): number => parameterOf(fixture, name, z.number().default(1));
      const fixedScale = { '*': scale('conv_mask_constant'), ...(block.shortcut && { '*.shortcut.*': scale('skip_mask_constant') }) };
      const variables = referenceVariables(network, { ...fixture, inputs }, '', fixedScale);
      const [x, upstream] = [imagesOf(fixture, 'x'), imagesOf(fixture, 'upstream')];
      const { gradients, aside } = valueAndGradients(
        ({ x: image, ...params }) => {
          const out = network.apply({ ...variables, params }, image!).logits;
          return { value: tf.sum(tf.mul(out, upstream)), aside: out };
        },
        { ...variables.params, x },
      );
      const { x: byInput, ...byParams } = gradients;
      const named = renamed(byParams, (name) => `grad.${toReferenceName(name)?.replace(there, '')}`);
      return { out: channelsFirst(aside), 'grad.x': channelsFirst(byInput!), ...named };
    }),
};

const channelsFirst = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 3, 1, 2]);

function blockOf(fixture: GoldenFixture): ResidualBlock {
  const number = (name: string): number => parameterOf(fixture, name, z.number());
  const [inputs, outputs, stride] = [number('in_channels'), number('out_channels'), number('stride')];
  const inputAxis = { group: 'inputs' };
  const outputAxis = stride === 1 && inputs === outputs ? inputAxis : { group: 'outputs' };
  return residualBlock({ name: here, inputs, outputs, stride, inputAxis, outputAxis, norm: 'group' });
}

/** A network that is nothing but the block, under the names of a residual network. */
function alone(block: ResidualBlock): Architecture {
  return {
    id: 'resnet',
    summary: 'one residual block',
    options: z.strictObject({}),
    params: () => unitsOf(block).flatMap(unitParams),
    activations: () =>
      [block.first, block.second].map(({ name, outputs, outputAxis }) => ({ layer: name, units: outputs, axis: outputAxis })),
    activation: () => 'relu',
    apply: (_, params, x, context) => applyResidualBlock(block, params, x, context),
  };
}
