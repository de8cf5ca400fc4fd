import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/core/testing';
import { readOps, type Graph, type Network, type Variables } from '@basinlab/tensor';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { twoLayerModels } from '../two-layer.fixture.js';
import { kernelChange, kernelStatistics, linearizationAgreement, neuralTangentKernel } from './index.js';
import { parameterUses } from './parameter-uses.js';
import { nodeNetwork, ring, unusualNetwork } from './unusual.fixture.js';

await tf.setBackend('cpu');

const variablesOf = (network: Network, seed: number): Variables =>
  network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(9) });

/** The definition: gradients of every logit of every sample with respect to all raw parameters, and their products. */
function byJacobian(network: Network, variables: Variables, inputs: tf.Tensor, graph?: Graph): Float64Array {
  const names = Object.keys(variables.params);
  const [samples = 0] = inputs.shape;
  const rows = Array.from({ length: samples }, (_, sample) => {
    const x = tf.slice(inputs, sample, 1);
    const logits = (params: Variables['params']): tf.Tensor =>
      network.apply({ ...variables, params }, x, graph === undefined ? {} : { graph }).logits;
    const classes = logits(variables.params).shape[1]!;
    return Array.from({ length: classes }, (__, logit) => {
      const value = (...values: tf.Tensor[]): tf.Tensor => {
        const params = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        // The unused parameter has a gradient, which is 0.
        const unused = tf.mul(0, tf.addN(values.map((each) => tf.sum(each))));
        return tf.add(tf.sum(tf.slice(logits(params), [0, logit], [1, 1])), unused);
      };
      return tf
        .grads(value)(names.map((name) => variables.params[name]!))
        .flatMap((gradient) => Array.from(gradient.dataSync()));
    });
  });
  return Float64Array.from({ length: samples ** 2 }, (_, at) => {
    const [a, b] = [rows[Math.floor(at / samples)]!, rows[at % samples]!];
    return a.reduce((sum, gradient, logit) => sum + gradient.reduce((inner, value, i) => inner + value * b[logit]![i]!, 0), 0);
  });
}

describe('the kernel equals products of Jacobians', () => {
  const images = (): tf.Tensor => tf.tensor4d(normal(keyFromSeed(2), 5 * 50), [5, 5, 5, 2]);

  test('whatever a parameter is used for, with scales of every kind, in one block or several', async () => {
    const network = unusualNetwork();
    const model = variablesOf(network, 1);
    const expected = byJacobian(network, model, images());
    for (const block of [1000, 2]) {
      const before = tf.memory().numTensors;
      const { samples, values } = await neuralTangentKernel(network, model, tf.tidy(images), { block });
      expect(samples).toBe(5);
      expectAllclose(values, expected, { rtol: 1e-4, atol: 1e-4 });
      // The images.
      expect(tf.memory().numTensors).toBe(before + 1);
    }
  });

  test('each parameter by the cheapest way that fits it', () => {
    const network = unusualNetwork();
    const { params } = network.toStandard(variablesOf(network, 1));
    const kinds: Record<string, string> = {};
    tf.tidy(() =>
      readOps(
        () => network.standard.apply({ params, constants: {}, state: {} }, images()).logits,
        (ops) => {
          for (const use of parameterUses(ops, params, 5)) kinds[use.name] = use.kind;
          return {};
        },
      ),
    );
    expect(kinds).toEqual({
      filter: 'convolution',
      gain: 'elementwise',
      offset: 'elementwise',
      token: 'linear',
      tokenBias: 'elementwise',
      place: 'elementwise',
      mixer: 'linear',
      tied: 'other',
      dense: 'linear',
      few: 'linear',
      many: 'linear',
      headBias: 'elementwise',
    });
  });

  test('of a network of nodes, whose samples share one graph', async () => {
    const network = nodeNetwork();
    const model = variablesOf(network, 4);
    const nodes = tf.tensor1d([4, 0, 2], 'int32');
    const { values } = await neuralTangentKernel(network, model, nodes, { graph: ring() });
    expectAllclose(values, byJacobian(network, model, nodes, ring()), { rtol: 1e-4, atol: 1e-5 });
  });
});

describe('statistics', () => {
  const diagonal = (...values: number[]) => ({
    samples: values.length,
    values: Float32Array.from({ length: values.length ** 2 }, (_, at) =>
      at % (values.length + 1) === 0 ? values[at / (values.length + 1)]! : 0,
    ),
  });

  test('of a diagonal kernel', () => {
    const found = kernelStatistics(diagonal(1, 8, 2, 5));
    expect([...found.eigenvalues]).toEqual([1, 2, 5, 8]);
    expect(found).toMatchObject({ trace: 16, largest: 8, smallest: 1, mean: 4, median: 3.5 });
    expect(found.conditionNumber).toBeCloseTo(8, 8);
    expect(found.effectiveRank).toBeCloseTo(2, 8);
    expect(found.frobeniusNorm).toBeCloseTo(Math.sqrt(94), 12);
    expect(kernelStatistics(diagonal(0, 0, 0))).toMatchObject({ effectiveRank: 0, conditionNumber: 0, median: 0 });
  });

  test('of a change', () => {
    const change = kernelChange(diagonal(1, 2, 2), diagonal(2, 4, 4));
    expect(change).toMatchObject({ distance: 3, relative: 1 });
    expect(change.cosine).toBeCloseTo(1, 12);
    expect(change.cka).toBeCloseTo(1, 12);
    expect(kernelChange(diagonal(0, 0, 0), diagonal(1, 2, 3))).toEqual({
      distance: Math.sqrt(14),
      relative: Infinity,
      cosine: NaN,
      cka: NaN,
    });
  });
});

test('a network is its own linearization where it did not move, and to first order nearby', async () => {
  const { network, models } = twoLayerModels(true, 1, 2);
  const inputs = tf.tensor2d(normal(keyFromSeed(5), 27), [9, 3]);
  const [start, other] = models as [Variables, Variables];
  const towards = (amount: number): Variables => ({
    ...start,
    params: Object.fromEntries(
      Object.entries(start.params).map(([name, value]) => [name, tf.add(value, tf.mul(amount, tf.sub(other.params[name]!, value)))]),
    ),
  });
  expect(await linearizationAgreement(network, start, start, inputs)).toMatchObject({ meanSquaredError: 0, largestError: 0, agreement: 1 });
  const [near, nearer] = [
    await linearizationAgreement(network, start, towards(2e-2), inputs),
    await linearizationAgreement(network, start, towards(1e-2), inputs, { batch: 4 }),
  ];
  expect(near.relativeError).toBeGreaterThan(1e-5);
  // The error is of second order.
  expect(near.relativeError / nearer.relativeError).toBeGreaterThan(3);
  expect(nearer.cosine).toBeGreaterThan(0.999);
});
