import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { standard } from '../breakings/standard.js';
import { resnet } from './resnet.js';
import type { ResNetOptions } from './resnet.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const base = { depth: 8, baseWidth: 2, inputs: [6, 6, 3] as [number, number, number], classes: 4 };
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };
const build = (options: Partial<ResNetOptions>) =>
  buildNetwork({ architecture: resnet, options: { ...base, ...options }, breaking: standard });

testContract(
  architectureContract(resnet, [
    { options: base, inputShape: [6, 6, 3] },
    { options: { ...base, norm: 'batch' }, inputShape: [108] },
    { options: { ...base, norm: 'layer', activation: 'gelu' }, inputShape: [6, 6, 3] },
    { options: { ...base, norm: 'none', inputs: [5, 4, 1] }, inputShape: [5, 4] },
  ]),
);

describe('parameters', () => {
  test('are named in words, with weights [outputs, inputs, rows, columns]', () => {
    const names = build({}).params.map(({ name, shape }) => `${name} ${shape.join('x')}`);
    expect(names.filter((name) => !name.includes('norm'))).toEqual([
      'stem.conv.weight 2x3x3x3',
      'stages.0.blocks.0.first.conv.weight 2x2x3x3',
      'stages.0.blocks.0.second.conv.weight 2x2x3x3',
      'stages.1.blocks.0.first.conv.weight 4x2x3x3',
      'stages.1.blocks.0.second.conv.weight 4x4x3x3',
      'stages.1.blocks.0.shortcut.conv.weight 4x2x1x1',
      'stages.2.blocks.0.first.conv.weight 8x4x3x3',
      'stages.2.blocks.0.second.conv.weight 8x8x3x3',
      'stages.2.blocks.0.shortcut.conv.weight 8x4x1x1',
      'head.linear.weight 4x8',
      'head.linear.bias 4',
    ]);
    expect(names).toContain('stages.1.blocks.0.shortcut.norm.bias 4');
  });

  test.each([
    [20, 16, 272_474],
    [32, 16, 466_906],
    [56, 16, 855_770],
    [110, 16, 1_730_714],
    [20, 32, 1_084_586],
  ])('depth %i, base width %i: as many as published, plus shortcuts', (depth, baseWidth, expected) => {
    const { params } = build({ depth, baseWidth, inputs: [32, 32, 3], classes: 10 });
    expect(params.reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0)).toBe(expected);
  });

  test('one group per stage, whatever the depth, and one inside every block', () => {
    const groups = new Set(build({ depth: 20 }).params.flatMap(({ axes }) => axes.flatMap((axis) => axis?.group ?? [])));
    expect([...groups].filter((group) => group.endsWith('background'))).toEqual([0, 1, 2].map((stage) => `stages.${stage}.background`));
    expect([...groups].filter((group) => group.endsWith('inner'))).toHaveLength(9);
    expect(groups.size).toBe(12);
  });
});

test('taps see feature maps with the group of their channels, and block outputs as the activation of its second convolution', () => {
  const seen: string[] = [];
  const network = build({});
  network.apply(network.init(keys), tf.ones([2, 6, 6, 3]), {
    tap: ({ layer, site, group }, x) => void seen.push(`${layer} ${site} ${group} ${x.shape.join('x')}`),
  });
  const block = 'stages.1.blocks.0';
  expect(seen.slice(0, 4)).toEqual([
    'stem input null 2x6x6x3',
    'stem post-linear stages.0.background 2x6x6x2',
    'stem post-norm stages.0.background 2x6x6x2',
    'stem post-activation stages.0.background 2x6x6x2',
  ]);
  expect(seen.filter((line) => line.startsWith(block))).toEqual([
    `${block}.first input stages.0.background 2x6x6x2`,
    `${block}.first post-linear ${block}.inner 2x3x3x4`,
    `${block}.first post-norm ${block}.inner 2x3x3x4`,
    `${block}.first post-activation ${block}.inner 2x3x3x4`,
    `${block}.second input ${block}.inner 2x3x3x4`,
    `${block}.second post-linear stages.1.background 2x3x3x4`,
    `${block}.second post-norm stages.1.background 2x3x3x4`,
    `${block}.shortcut input stages.0.background 2x6x6x2`,
    `${block}.shortcut post-linear stages.1.background 2x3x3x4`,
    `${block}.shortcut post-norm stages.1.background 2x3x3x4`,
    `${block}.second post-activation stages.1.background 2x3x3x4`,
  ]);
  expect(seen.slice(-2)).toEqual(['head input stages.2.background 2x8', 'head post-linear null 2x4']);
});

describe('batch norm', () => {
  test('remembers a tenth of the mean and of the unbiased variance over batch and positions', () => {
    const network = build({ norm: 'batch' });
    const variables = network.init(keys);
    const x = tf.tensor(normal(keyFromSeed(3), 5 * 108), [5, 6, 6, 3]);
    let linear: tf.Tensor | undefined;
    const { state } = network.apply(variables, x, {
      training: true,
      tap: ({ layer, site }, value) => {
        if (layer === 'stem' && site === 'post-linear') linear = value;
      },
    });
    const { mean, variance } = tf.moments(linear!, [0, 1, 2]);
    const count = 5 * 36;
    const close = (got: tf.Tensor, expected: tf.Tensor): void => {
      const difference = tf.max(tf.abs(tf.sub(got, expected))).dataSync()[0]!;
      expect(difference).toBeLessThan(1e-6);
    };
    close(state['stem.norm.runningMean']!, tf.mul(mean, 0.1));
    close(state['stem.norm.runningVariance']!, tf.add(0.9, tf.mul(variance, (0.1 * count) / (count - 1))));
  });

  test('one row is enough where there are several positions', () => {
    const network = build({ norm: 'batch', inputs: [8, 8, 3] });
    expect(network.apply(network.init(keys), tf.ones([1, 8, 8, 3]), { training: true }).logits.shape).toEqual([1, 4]);
  });
});

test('wrong options and images name what is wrong', () => {
  expect(() => build({ depth: 21 })).toThrow('resnet: options.depth must be valid: must be 6 n + 2');
  expect(() => build({ norm: 'layer-linear' as 'layer' })).toThrow('resnet: options.norm must be valid');
  const network = build({});
  expect(() => network.apply(network.init(keys), tf.ones([2, 5, 6, 3]))).toThrow('resnet: images [6, 6, 3], got [5,6,3]');
});
