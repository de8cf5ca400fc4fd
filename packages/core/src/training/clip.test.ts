import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import { clipGradients } from './clip.js';
import type { ClipOptions } from './clip.js';
import { sgd } from './optimizers/index.js';
import { defineUpdateRule } from './update-rule.js';
import { constant } from './schedules/index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const gradients = { a: tf.tensor1d([3, -4, 0.5]), b: tf.tensor1d([12, -1]) };
const clipped = (options: ClipOptions): number[] => {
  const { a, b } = clipGradients(options, gradients);
  return [...a!.dataSync(), ...b!.dataSync()];
};

// Expected: clip_grad_norm_ and clip_grad_value_ of PyTorch 2.15 in float64.
test('a norm bounds all gradients together', () => {
  const expected = [0.45984096390132034, -0.6131212852017605, 0.07664016065022006, 1.8393638556052814, -0.15328032130044011];
  expectAllclose(clipped({ norm: 2 }), expected, { rtol: 1e-6 });
  expect(clipped({ norm: 100 })).toEqual([3, -4, 0.5, 12, -1]);
});

test('a value bounds each entry, before the norm', () => {
  expect(clipped({ value: 2.5 })).toEqual([2.5, -2.5, 0.5, 2.5, -1]);
  const expected = [0.838525304062463, -0.838525304062463, 0.1677050608124926, 0.838525304062463, -0.3354101216249852];
  expectAllclose(clipped({ value: 2.5, norm: 1.5 }), expected, { rtol: 1e-6 });
});

test('zero gradients stay zero', () => {
  expect([...clipGradients({ norm: 1 }, { a: tf.zeros([2]) })['a']!.dataSync()]).toEqual([0, 0]);
});

test('an update rule clips before its optimizer', () => {
  const updateRule = defineUpdateRule({ optimizer: sgd, schedule: constant, learningRate: 1, clip: { value: 0.25 } });
  const params = { a: tf.tensor1d([1, 1]) };
  const at = { step: tf.scalar(0, 'int32'), epoch: tf.scalar(0, 'int32') };
  const moved = updateRule.update(at, params, { a: tf.tensor1d([0.1, -9]) }, updateRule.init(params)).params['a']!;
  expectAllclose(moved, [0.9, 1.25]);
});

test('bounds must be above 0', () => {
  const updateRule = { optimizer: sgd, schedule: constant, learningRate: 1 };
  expect(() => defineUpdateRule({ ...updateRule, clip: { norm: 0 } })).toThrow('clip.norm: a bound above 0, got 0');
  expect(() => defineUpdateRule({ ...updateRule, clip: { value: -1 } })).toThrow('clip.value: a bound above 0, got -1');
});
