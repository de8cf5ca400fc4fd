import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from '@basinlab/core';
import type { Network, Variables } from '@basinlab/core';
import { resnet, standard, syre, w } from '@basinlab/models-asymmetric';
import type { PerLayer } from '@basinlab/models-asymmetric';
import { z } from 'zod';
import type { GoldenFixture } from '../contract.js';
import { inputOf, inputsUnder, toDevice } from '../inputs.js';
import { referenceVariables } from './reference-variables.js';

const maskParams = z.object({ mask_constant: z.number().optional() });
const blockParams = z.object({ conv: maskParams.optional(), skip: maskParams.optional() });
const description = z.object({
  mask_constant: z.number().default(1),
  mask_params: z
    .object({
      default: maskParams.optional(),
      conv_f: maskParams.optional(),
      conv_1: blockParams.optional(),
      conv_2: blockParams.optional(),
      conv_3: blockParams.optional(),
      linear: maskParams.optional(),
    })
    .default({}),
});

/** A batch of images, [n, channels, height, width] there, [n, height, width, channels] here. */
export const imagesOf = (fixture: GoldenFixture, name: string): tf.Tensor => tf.transpose(toDevice(inputOf(fixture, name)), [0, 2, 3, 1]);

/**
 * Our network for a ResNet of the reference, and its variables from the fixture's inputs that start with `prefix`; sizes and symmetry
 * breaking are those of the tensors. Call it inside `tf.tidy`.
 */
export function referenceResnet(fixture: GoldenFixture, prefix = ''): { network: Network; variables: Variables } {
  const tensors = inputsUnder(fixture, prefix);
  const blocks = Object.keys(tensors).filter((name) => /^layer1\.\d+\.conv1\.weight$/.test(name)).length;
  const [baseWidth = 0, channels = 0] = tensors['conv1.weight']?.shape ?? [];
  const [, , height = 0, width = 0] = inputOf(fixture, 'x').shape;
  const classes = tensors['linear.weight']?.shape[0] ?? 0;
  const options = { depth: 6 * blocks + 2, baseWidth, inputs: [height, width, channels] as [number, number, number], classes };
  const network = brokenNetwork(resnet, options, Object.keys(tensors));
  return { network, variables: referenceVariables(network, fixture, prefix, fixedScales(fixture)) };
}

/** The architecture with the breaking whose constants are among the names. */
export function brokenNetwork<O>(
  architecture: Parameters<typeof buildNetwork<O, unknown>>[0]['architecture'],
  options: Partial<O>,
  names: readonly string[],
): Network {
  if (names.some((name) => name.endsWith('.mask')))
    return buildNetwork({ architecture, options, breaking: w, breakingOptions: { fixedPerUnit: 1 } });
  if (names.some((name) => name.endsWith('.noise'))) return buildNetwork({ architecture, options, breaking: syre });
  return buildNetwork({ architecture, options, breaking: standard });
}

function fixedScales({ parameters }: GoldenFixture): PerLayer {
  const { mask_constant: constant, mask_params: p } = description.parse(parameters);
  const all = p.default?.mask_constant ?? constant;
  const scales: Record<string, number> = {
    'stem.*': p.conv_f?.mask_constant ?? all,
    'head.*': p.linear?.mask_constant ?? all,
  };
  [p.conv_1, p.conv_2, p.conv_3].forEach((stage, index) => {
    scales[`stages.${index}.*`] = stage?.conv?.mask_constant ?? all;
    if (index > 0) scales[`stages.${index}.*.shortcut.*`] = stage?.skip?.mask_constant ?? all;
  });
  return scales;
}
