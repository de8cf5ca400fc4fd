import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed, type SymmetryBreaking } from '@basinlab/core';
import { randomInt } from '@basinlab/core/random';
import { expectAllclose, architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { encoderFromTransformers, encoderToTransformers } from '../interop/transformers-bert.js';
import { bert } from './bert.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const unbroken: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const small = { vocabulary: 7, positions: 6, width: 12, heads: 3, layers: 2, units: 10, epsilon: 1e-5 };
const tokens = (batch: number, length = 6) => tf.tensor2d(randomInt(keyFromSeed(3), batch * length, 0, 7), [batch, length], 'int32');
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };
const networkOf = (options: object = {}) => buildNetwork({ architecture: bert, options: { ...small, ...options }, breaking: unbroken });

testContract(
  architectureContract(bert, [
    { options: small, inputShape: [6], inputs: (batch) => tokens(batch) },
    { options: { ...small, tied: false, layers: 1 }, inputShape: [4], inputs: (batch) => tokens(batch, 4) },
    { options: { ...small, head: 'states', layers: 1 }, inputShape: [6], inputs: (batch) => tokens(batch) },
  ]),
);

test('a position sees all others, those behind it too', () => {
  const network = networkOf();
  const variables = network.init(keys);
  const [x, changed] = [tf.tensor2d([[1, 2, 3, 4]], [1, 4], 'int32'), tf.tensor2d([[1, 2, 3, 0]], [1, 4], 'int32')];
  const [a, b] = [x, changed].map((inputs) => tf.slice(network.apply(variables, inputs).logits, [0, 0, 0], [1, 1, 7]));
  expect(tf.max(tf.abs(tf.sub(a!, b!))).dataSync()[0]).toBeGreaterThan(1e-5);
});

test('states are normalised behind every block', () => {
  const states = networkOf({ head: 'states' }).apply(networkOf({ head: 'states' }).init(keys), tokens(2)).logits;
  expect(states.shape).toEqual([2, 6, 12]);
  expectAllclose(tf.mean(states, -1), tf.zeros([2, 6]), { atol: 1e-5 });
  expectAllclose(tf.mean(tf.square(states), -1), tf.ones([2, 6]), { rtol: 1e-2 });
});

describe('names of the transformers library', () => {
  test.each([
    ['bert', { head: 'tokens', tied: true }],
    ['bert', { head: 'tokens', tied: false }],
    ['bert', { head: 'states', tied: true }],
    ['roberta', { head: 'tokens', tied: true }],
    ['roberta', { head: 'states', tied: true }],
  ] as const)('there and back is the same: %s %j', (encoder, options) => {
    const { params } = networkOf(options).init(keys);
    const theirs = encoderToTransformers(params, encoder, options);
    const back = encoderFromTransformers(theirs, encoder, options);
    expect(Object.keys(back).sort()).toEqual(Object.keys(params).sort());
    for (const [name, tensor] of Object.entries(params)) expectAllclose(back[name]!, tensor, { rtol: 0, atol: 0 });
  });

  test('what the first segment adds becomes part of positions', () => {
    const options = { head: 'tokens', tied: true } as const;
    const { params } = networkOf().init(keys);
    const theirs = encoderToTransformers(params, 'bert', options);
    const segments = tf.stack([tf.range(0, 12), tf.ones([12])]);
    const back = encoderFromTransformers({ ...theirs, 'bert.embeddings.token_type_embeddings.weight': segments }, 'bert', options);
    expectAllclose(tf.sub(back['positions.weight']!, params['positions.weight']!), tf.tile(tf.reshape(tf.range(0, 12), [1, 12]), [6, 1]), {
      atol: 1e-5,
    });
  });

  test('a missing tensor and one of another model are named', () => {
    const options = { head: 'tokens', tied: true } as const;
    const theirs = encoderToTransformers(networkOf().init(keys).params, 'roberta', options);
    const fewer = Object.fromEntries(Object.entries(theirs).filter(([name]) => !name.endsWith('layer.1.output.LayerNorm.bias')));
    expect(() => encoderFromTransformers(fewer, 'roberta', options)).toThrow('a tensor encoder.layer.1.output.LayerNorm.bias, got none');
    const more = { ...theirs, 'roberta.adapter.weight': tf.zeros([1]) };
    expect(() => encoderFromTransformers(more, 'roberta', options)).toThrow('tensors of a RobertaForMaskedLM only, got adapter.weight');
  });
});

test('bad options and inputs are refused', () => {
  expect(() => networkOf({ heads: 5 })).toThrow(/heads that divide the width/);
  expect(() => networkOf().apply(networkOf().init(keys), tokens(1, 7))).toThrow('bert: at most 6 positions, got 7');
});
