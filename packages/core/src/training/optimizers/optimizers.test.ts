import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../../index.js';
import { optimizerContract } from '../../testing/index.js';
import { testContract } from '../../testing/jest.js';
import type { z } from 'zod';
import type { Optimizer, OptimizerState, Tensors } from '../../contracts/index.js';
import { parseOptions } from '../../network/parse-options.js';
import { adam, adamw, muon, rmsprop, sgd } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

testContract(optimizerContract(adam, [{ options: { weightDecay: 0.01 } }]));
testContract(optimizerContract(adamw, [{ options: {} }, { options: { undecayed: ['bias'] } }]));
testContract(optimizerContract(muon, [{ options: {} }, { options: { scale: 'match-adamw', nesterov: false } }]));
testContract(optimizerContract(rmsprop, [{ options: {} }, { options: { centred: true, momentum: 0.5 } }]));
testContract(
  optimizerContract(sgd, [{ options: {} }, { options: { momentum: 0.9, nesterov: true } }, { options: { momentum: 0.9, dampening: 0.3 } }]),
);

const weights = [1, 2, 3];

/** Four steps on sum(c sin(p)) from p = [1, -2, 0.5] at rate 0.1. */
function descend<O>(optimizer: Optimizer<O>, settings: Partial<O>): Float32Array {
  const options = parseOptions(optimizer.id, optimizer.options, settings);
  let params: Tensors = { p: tf.tensor1d([1, -2, 0.5]) };
  let state: OptimizerState = optimizer.init(options, params);
  for (let step = 1; step <= 4; step++) {
    const gradients = { p: tf.mul(tf.cos(params['p']!), tf.tensor1d(weights)) };
    ({ params, state } = optimizer.update(options, { step: tf.scalar(step), learningRate: tf.scalar(0.1) }, params, gradients, state));
  }
  return params['p']!.dataSync() as Float32Array;
}

// Expected: PyTorch 2.15 in float64.
describe('after four steps', () => {
  const betas = { beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1 };
  test('adam', () => {
    expectAllclose(descend(adam, betas), [0.5975593411451176, -1.61578799924802, 0.09884629399746196]);
  });
  test('adamw', () => {
    expectAllclose(descend(adamw, betas), [0.5636820419774653, -1.5575533863069058, 0.08496805761527294]);
  });
  test('sgd without momentum', () => {
    expectAllclose(descend(sgd, { weightDecay: 0.1 }), [0.7159017071282247, -1.694870735501648, -0.6383720345247739]);
  });
  test('sgd with nesterov momentum', () => {
    const options = { momentum: 0.9, nesterov: true, weightDecay: 0.1 };
    expectAllclose(descend(sgd, options), [0.07882214046493174, -1.3243049947573997, -2.118634573336711]);
  });
  test('sgd with dampening', () => {
    expectAllclose(descend(sgd, { momentum: 0.9, dampening: 0.3 }), [0.5639207829827716, -1.5146097547961932, -1.4945810289631414]);
  });
  test('rmsprop', () => {
    const options = { alpha: 0.9, epsilon: 1e-6, weightDecay: 0.1 };
    expectAllclose(descend(rmsprop, options), [0.014787206295305388, -1.5034032418513603, -0.4245744409983815]);
  });
  test('rmsprop, centred and with momentum', () => {
    const options = { alpha: 0.9, centred: true, momentum: 0.5 };
    expectAllclose(descend(rmsprop, options), [-0.7796527944076681, -1.5282523683272986, -1.1152892764860514]);
  });
});

// Expected: torch.optim.Muon of PyTorch 2.15, its iterations in float64 in place of bfloat16.
describe('muon after four steps on sum(c sin(P))', () => {
  function descendMatrix(shape: [number, number], settings: Partial<z.output<typeof muon.options>>, name = 'matrix') {
    const options = parseOptions(muon.id, muon.options, settings);
    const size = shape[0] * shape[1];
    const factors = tf.reshape(tf.range(1, size + 1), shape);
    let params: Tensors = { [name]: tf.reshape(tf.linspace(-1, 1, size), shape), vector: tf.tensor1d([1, -2]) };
    let state: OptimizerState = muon.init(options, params);
    for (let step = 1; step <= 4; step++) {
      const gradients = { [name]: tf.mul(tf.cos(params[name]!), factors), vector: tf.tensor1d([1, 1]) };
      ({ params, state } = muon.update(options, { step: tf.scalar(step), learningRate: tf.scalar(0.1) }, params, gradients, state));
    }
    return { matrix: params[name]!, vector: params['vector']!, state };
  }
  test('tall, as it is by default', () => {
    const expected = [
      -0.8172495302597957, -0.8180123638607992, -0.1623279562284843, -0.15727078552645274, 0.17305340939727928, 1.0081957628641096,
    ];
    const { matrix, vector, state } = descendMatrix([3, 2], {});
    expectAllclose(matrix.dataSync(), expected, { rtol: 1e-4, atol: 1e-5 });
    // AdamW at 0.015 of the rate: four steps of 0.0015 against a constant gradient, and a decay of 1.5e-4 each.
    expectAllclose(
      vector,
      [1, -2].map((p) => [1, 2, 3, 4].reduce((at) => at * (1 - 1.5e-4) - 1.5e-3, p)),
      { rtol: 1e-5 },
    );
    expect(Object.keys(state['momentum']!)).toEqual(['matrix']);
    expect(Object.keys(state['m']!)).toEqual(['vector']);
  });
  test('wide, with other settings', () => {
    const expected = [
      -0.9647815431127355, -0.6129520339810345, -0.2870464689471321, 0.1281778821627501, 0.5405237413444092, 0.9786863319423653,
    ];
    const settings = { nesterov: false, weightDecay: 0, scale: 'match-adamw', iterations: 3, momentum: 0.8 } as const;
    expectAllclose(descendMatrix([2, 3], settings).matrix.dataSync(), expected, { rtol: 1e-4, atol: 1e-5 });
  });
  test('embeddings move by AdamW', () => {
    const { state } = descendMatrix([3, 2], {}, 'tokens.weight');
    expect(Object.keys(state['momentum']!)).toEqual([]);
    expect(Object.keys(state['v']!)).toEqual(['tokens.weight', 'vector']);
  });
});

test('a beta that float32 powers would spoil keeps its bias correction exact on the first step', () => {
  const options = parseOptions(adam.id, adam.options, { beta2: 0.9999999, epsilon: 1e-30 });
  const params = { p: tf.tensor1d([0, 0]) };
  const at = { step: tf.scalar(1), learningRate: tf.scalar(1) };
  const moved = adam.update(options, at, params, { p: tf.tensor1d([1e-3, -5]) }, adam.init(options, params)).params['p']!;
  // The first step of Adam is the sign of the gradient. float32 rounds 1 - beta2 by up to 30%, but the same way in both places here.
  expectAllclose(moved, [-1, 1], { rtol: 1e-5, atol: 0 });
});

test.each([adam, adamw, sgd, rmsprop] as Optimizer[])('$id decays all but the parameters that are named', (optimizer) => {
  const options = parseOptions(optimizer.id, optimizer.options, { weightDecay: 0.1, undecayed: ['bias', 'norm.weight'] });
  const names = ['a.weight', 'a.bias', 'a.norm.weight', 'bias', 'unbias'];
  const each = (value: number): Tensors => Object.fromEntries(names.map((name) => [name, tf.tensor1d([value])]));
  const at = { step: tf.scalar(1), learningRate: tf.scalar(0.1) };
  const { params } = optimizer.update(options, at, each(2), each(0), optimizer.init(options, each(2)));
  expect(names.filter((name) => params[name]!.dataSync()[0]! < 2)).toEqual(['a.weight', 'unbias']);
});

test('options are checked', () => {
  expect(() => parseOptions(sgd.id, sgd.options, { nesterov: true })).toThrow(
    'sgd: options must be valid: nesterov needs momentum above 0',
  );
  expect(() => parseOptions(adamw.id, adamw.options, { beta1: 1 })).toThrow('adamw: options.beta1 must be valid');
  expect(() => parseOptions(adamw.id, adamw.options, { beta: 0.9 })).toThrow('adamw: options must be valid');
});
