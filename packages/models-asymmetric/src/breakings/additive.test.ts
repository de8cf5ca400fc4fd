import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import type { ParamSpec } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { expectAllclose, symmetryBreakingContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { deepLinear } from '../architectures/deep-linear.js';
import { mlp } from '../architectures/mlp.js';
import { resnet } from '../architectures/resnet.js';
import { scalarMaskedRelu } from '../architectures/scalar-masked-relu.js';
import { biasOnly } from './bias-only.js';
import { linearResidual } from './linear-residual.js';
import { sigma } from './sigma.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const onMlp = { architecture: mlp, architectureOptions: { inputs: 6, widths: [5, 4], outputs: 3 }, inputShape: [6] };
const resnetOptions = { depth: 8, baseWidth: 2, inputs: [4, 4, 3] as [number, number, number], classes: 3 };
const onResnet = { architecture: resnet, architectureOptions: resnetOptions, inputShape: [4, 4, 3] };
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };

testContract(
  symmetryBreakingContract(linearResidual, [
    { ...onMlp, options: {}, random: false },
    { ...onMlp, options: { fixedScale: [1, 0.5, 0] }, random: false },
  ]),
);
testContract(symmetryBreakingContract(linearResidual, [{ ...onResnet, options: { fixedScale: 0.5 }, random: false }]));
testContract(symmetryBreakingContract(biasOnly, [{ ...onMlp, options: { fixedScale: 2 } }]));
testContract(symmetryBreakingContract(biasOnly, [{ ...onResnet, options: { offsets: 'norm' } }]));

describe('linear-residual', () => {
  const shiftOf = (shape: number[], axes: ParamSpec['axes'] = [{ group: 'units' }, ...shape.slice(1).map(() => null)]) => {
    const spec: ParamSpec = { name: 'w', shape, init: { kind: 'zeros' }, role: 'weight', axes, fanIn: 1 };
    const position = { layer: 0, layers: 1, weights: ['w'] };
    return linearResidual.constants(spec, { fixedScale: 2 }, keyFromSeed(1), position)?.shift;
  };

  test('is a rectangular identity', () => {
    expectAllclose(shiftOf([2, 3])!, tf.tensor2d([2, 0, 0, 0, 2, 0], [2, 3]));
    expectAllclose(shiftOf([3, 2])!, tf.tensor2d([2, 0, 0, 2, 0, 0], [3, 2]));
  });

  test('leaves a convolution with nothing else its input', () => {
    const weight = tf.transpose(shiftOf([2, 2, 3, 3])!, [2, 3, 1, 0]) as tf.Tensor4D;
    const x = tf.reshape(tf.range(0, 24), [1, 4, 3, 2]) as tf.Tensor4D;
    expectAllclose(tf.conv2d(x, weight, 1, 'same'), tf.mul(x, 2));
    expect(tf.sum(shiftOf([2, 2, 3, 5])!).dataSync()[0]).toBe(4);
    expectAllclose(tf.slice(shiftOf([2, 2, 3, 5])!, [1, 1, 1, 2], [1, 1, 1, 1]), tf.fill([1, 1, 1, 1], 2));
  });

  test('leaves output weights free', () => expect(shiftOf([2, 3], [null, { group: 'units' }])).toBeUndefined());
});

test('bias-only shifts the offsets of hidden units and nothing else', () => {
  const shifted = (offsets: 'bias' | 'norm') =>
    Object.keys(
      buildNetwork({ architecture: mlp, options: onMlp.architectureOptions, breaking: biasOnly, breakingOptions: { offsets } }).init(keys)
        .constants,
    );
  expect(shifted('bias')).toEqual(['layers.0.linear.bias.shift', 'layers.1.linear.bias.shift']);
  expect(shifted('norm')).toEqual(['layers.0.norm.bias.shift', 'layers.1.norm.bias.shift']);
});

test('networks that have nothing to break are refused', () => {
  const linear = { architecture: deepLinear, options: { inputs: 2, widths: [2], outputs: 1 } };
  expect(() => buildNetwork({ architecture: resnet, options: resnetOptions, breaking: biasOnly })).toThrow(
    "bias-only: a network with biases of hidden units, got resnet. Try offsets: 'norm', or a breaking of the weights",
  );
  expect(() => buildNetwork({ ...linear, breaking: biasOnly, breakingOptions: { offsets: 'norm' } })).toThrow(
    'bias-only: a network with norms of hidden units, got deep-linear',
  );
  expect(() => buildNetwork({ ...linear, breaking: sigma })).toThrow('sigma: a network with activations, got deep-linear');
  expect(() =>
    buildNetwork({ architecture: deepLinear, options: { inputs: 2, widths: [], outputs: 1 }, breaking: linearResidual }),
  ).toThrow('linear-residual: a network with hidden weights, got deep-linear');
  const scalar = { architecture: scalarMaskedRelu, options: { inputs: 2, width: 3, bias: false }, breaking: biasOnly };
  expect(() => buildNetwork(scalar)).toThrow('bias-only: a network with biases of hidden units, got scalar-masked-relu');
});
