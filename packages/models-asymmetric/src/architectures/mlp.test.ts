import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { standard } from '../breakings/standard.js';
import { mlp } from './mlp.js';
import type { MlpOptions } from './mlp.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const base = { inputs: 6, widths: [5, 4], outputs: 3 };
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };
const build = (options: Partial<MlpOptions>) => buildNetwork({ architecture: mlp, options: { ...base, ...options }, breaking: standard });

testContract(
  architectureContract(mlp, [
    { options: base, inputShape: [2, 3] },
    { options: { ...base, norm: 'batch' }, inputShape: [6] },
    { options: { ...base, norm: 'layer-linear', activation: 'relu' }, inputShape: [6] },
    { options: { ...base, norm: 'batch-linear', affine: false }, inputShape: [6] },
    { options: { ...base, norm: 'none', activation: 'identity' }, inputShape: [6] },
    { options: { ...base, norm: 'none', activation: 'relu' }, inputShape: [6] },
    { options: { ...base, widths: [] }, inputShape: [6] },
  ]),
);

describe('parameters', () => {
  test('are named in words, with weights as [outputs, inputs]', () => {
    expect(build({}).params.map(({ name, shape }) => `${name} ${shape.join('x')}`)).toEqual([
      'layers.0.linear.weight 5x6',
      'layers.0.linear.bias 5',
      'layers.0.norm.weight 5',
      'layers.0.norm.bias 5',
      'layers.1.linear.weight 4x5',
      'layers.1.linear.bias 4',
      'layers.1.norm.weight 4',
      'layers.1.norm.bias 4',
      'layers.2.linear.weight 3x4',
      'layers.2.linear.bias 3',
    ]);
    expect(build({ norm: 'batch', affine: false }).state.map(({ name }) => name)).toEqual(
      [0, 1].flatMap((layer) => [`layers.${layer}.norm.runningMean`, `layers.${layer}.norm.runningVariance`]),
    );
  });

  test('start uniform within 1 / sqrt(inputs), norms at 1 and 0', () => {
    const { params } = build({ inputs: 900, widths: [80] }).init(keys);
    const weight = params['layers.0.linear.weight']!;
    expect(tf.max(tf.abs(weight)).dataSync()[0]).toBeLessThanOrEqual(1 / 30);
    expect(tf.mean(tf.square(weight)).dataSync()[0]! * 900).toBeCloseTo(1 / 3, 2);
    expect(tf.max(tf.abs(params['layers.0.linear.bias']!)).dataSync()[0]).toBeGreaterThan(0.9 / 30);
    expect(Array.from(params['layers.0.norm.weight']!.dataSync())).toEqual(Array(80).fill(1));
  });

  test('of a layer do not depend on the other layers', () => {
    const [few, many] = [build({}).init(keys), build({ widths: [5, 4, 4, 4], norm: 'batch' }).init(keys)];
    expect(many.params['layers.1.linear.weight']!.dataSync()).toEqual(few.params['layers.1.linear.weight']!.dataSync());
  });
});

test('taps see the input, the linear output, the norm and the activation of every layer', () => {
  const seen: string[] = [];
  const network = build({});
  network.apply(network.init(keys), tf.ones([2, 6]), {
    tap: ({ layer, site, group }, x) => void seen.push(`${layer} ${site} ${group} ${x.shape.join('x')}`),
  });
  expect(seen).toEqual([
    'layers.0 input null 2x6',
    'layers.0 post-linear layers.0 2x5',
    'layers.0 post-norm layers.0 2x5',
    'layers.0 post-activation layers.0 2x5',
    'layers.1 input layers.0 2x5',
    'layers.1 post-linear layers.1 2x4',
    'layers.1 post-norm layers.1 2x4',
    'layers.1 post-activation layers.1 2x4',
    'layers.2 input layers.1 2x4',
    'layers.2 post-linear null 2x3',
  ]);
});

test('batch norm refuses to train on a single row', () => {
  const network = build({ norm: 'batch' });
  const variables = network.init(keys);
  expect(() => network.apply(variables, tf.ones([1, 6]), { training: true })).toThrow(
    'layers.0.norm: batch norm needs at least 2 rows in every training batch, got 1',
  );
  expect(network.apply(variables, tf.ones([1, 6])).logits.shape).toEqual([1, 3]);
});

test('wrong options name the field', () => {
  expect(() => build({ widths: [0] })).toThrow('mlp: options.widths.0 must be valid');
  expect(() => build({ norm: 'group' as 'layer' })).toThrow('mlp: options.norm must be valid');
  expect(() => buildNetwork({ architecture: mlp, options: { inputs: 3 }, breaking: standard })).toThrow(
    'mlp: options.widths must be valid',
  );
});

test('inputs of another size are refused', () => {
  const network = build({});
  const variables = network.init(keys);
  expect(() => network.apply(variables, tf.ones([2, 7]))).toThrow('mlp: inputs of 6 entries, got [7]');
  expect(network.apply(variables, tf.ones([2, 3, 2])).logits.shape).toEqual([2, 3]);
});
