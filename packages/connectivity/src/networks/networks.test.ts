import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { evenly, groupPlaces } from '@basinlab/core';
import type { Network, Split, Variables } from '@basinlab/core';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { crossEntropy } from '@basinlab/core/training';
import { applyTransform, permutations } from '@basinlab/rebasin';
import { pointDistance, scalingCurve, scalingExponents } from '../curves/index.js';
import type { Curve, Scaling } from '../curves/index.js';
import { certifyChord, connectModels, createLandscape, demandScalingSymmetry, lossAlong, modelAt, pointOf } from './index.js';
import { denseNetwork, residualNetwork } from './small-networks.fixture.js';

const split = {} as { inputs: tf.Tensor; labels: tf.Tensor };
beforeAll(async () => {
  await tf.setBackend('cpu');
  split.inputs = tf.tensor2d(normal(keyFromSeed(9), 4 * 20), [20, 4]);
  split.labels = tf.cast(tf.argMax(tf.slice(split.inputs, [0, 0], [20, 3]), 1), 'int32');
});
const data = (): Split => split;
const probe = () => ({ inputs: tf.slice(split.inputs, 0, 8) });

function sample(network: Network, seed: number): Variables {
  const { params, constants, state } = network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(0) });
  const means = Object.entries(state).map(
    ([name, { size }]) => [name, tf.tensor1d(normal(childKey(keyFromSeed(seed), name), size))] as const,
  );
  return { params, constants, state: Object.fromEntries(means) };
}
const sizesOf = ({ params }: Network) => new Map([...groupPlaces(params)].map(({ group, size }) => [group, size]));
const drawScaling = (network: Network, strength: number, seed = 3): Scaling =>
  Object.fromEntries(
    [...sizesOf(network)].map(([group, size]) => [
      group,
      normal(childKey(keyFromSeed(seed), group), size, { deviation: strength }).map(Math.exp),
    ]),
  );
const scalingOf = async (network: Network, model: Variables, strength: number, seed?: number): Promise<Curve> =>
  scalingCurve(await pointOf(model.params), scalingExponents(network.params, drawScaling(network, strength, seed)));
const outputs = (network: Network, model: Variables) => network.apply(model, split.inputs).logits;

const networks: [string, () => Network][] = [
  ['dense', () => denseNetwork()],
  ['with layer norm', () => denseNetwork('layer')],
  ['with running means', () => denseNetwork('mean')],
  ['residual and convolutional', residualNetwork],
];

describe('a landscape', () => {
  test('has the loss and the gradient of the whole split, batch by batch, and keeps no tensor', async () => {
    const network = denseNetwork('layer');
    const model = sample(network, 1);
    const landscape = createLandscape(network, model, data(), { batch: 8 });
    const point = await pointOf(model.params);
    const before = tf.memory().numTensors;
    const [{ loss }, norm] = [await landscape.evaluate(point), await landscape.gradientNorm(point)];
    expect(tf.memory().numTensors).toBe(before);
    const names = Object.keys(model.params);
    const { value, grads } = tf.valueAndGrads((...values: tf.Tensor[]) => {
      const params = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      return crossEntropy(outputs(network, { ...model, params }), split.labels) as tf.Scalar;
    })(names.map((name) => model.params[name]!));
    expectAllclose(tf.scalar(loss), value, { rtol: 1e-5 });
    expectAllclose(tf.scalar(norm), tf.sqrt(tf.addN(grads.map((gradient) => tf.sum(tf.square(gradient))))), { rtol: 1e-5 });
    landscape.dispose();
  });
  test('takes points back to models', async () => {
    const model = sample(denseNetwork(), 1);
    const point = await pointOf(model.params);
    for (const [name, tensor] of Object.entries(modelAt(point, model).params))
      expectAllclose(tensor, model.params[name]!, { rtol: 0, atol: 0 });
    expect(() => modelAt({ ...point, '0.bias': new Float64Array(2) }, model)).toThrow('modelAt: 7 values of 0.bias, got 2');
  });
});

describe.each(networks)('rescaled units of a network, %s', (_, make) => {
  test('the loss is constant along the curve and not along its chord', async () => {
    const network = make();
    const model = sample(network, 1);
    await demandScalingSymmetry(network, model, probe());
    const landscape = createLandscape(network, model, data());
    const curve = await scalingOf(network, model, 1);
    const { loss } = await lossAlong(landscape, curve, evenly(5));
    for (const value of loss) expect(Math.abs(value - loss[0]!)).toBeLessThan(1e-5 * loss[0]!);
    expect((await certifyChord(landscape, curve, { points: 5, intervals: 4 })).barrier).toBeGreaterThan(1e-3);
  });
  test('a planted permutation and scaling are found', async () => {
    const network = make();
    const model = sample(network, 2);
    const planted = permutations(
      [...sizesOf(network)].map(([group, size]) => [group, permutation(childKey(keyFromSeed(5), group), size)] as const),
    );
    const rescaled = modelAt((await scalingOf(network, model, 0.8)).at(1), model);
    const moved = {
      ...rescaled,
      params: applyTransform(network.params, rescaled.params, planted),
      state: applyTransform(network.state, model.state, planted),
    };
    const found = await connectModels(network, model, moved, { key: keyFromSeed(1), probe: probe(), sweeps: 300 });
    const { before, permuted, scaled } = found.distances;
    expect(permuted).toBeLessThan(before);
    expect(scaled).toBeLessThan(1e-4 * before);
    expect(found.left).toEqual([]);
    for (const same of [found.permuted, found.scaled])
      expectAllclose(outputs(network, same), outputs(network, model), { rtol: 1e-3, atol: 1e-4 });
    expect(pointDistance(found.curve.at(0), await pointOf(found.permuted.params))).toBeLessThan(1e-5 * before);
    expect(pointDistance(found.curve.at(1), await pointOf(found.scaled.params))).toBeLessThan(1e-5 * before);
  });
});

describe('the certificate of a chord', () => {
  test.each(networks.slice(0, 2))('bounds the measured barrier where its hypotheses hold, %s', async (_, make) => {
    const network = make();
    for (const seed of [1, 2]) {
      const model = sample(network, seed);
      const landscape = createLandscape(network, model, data());
      for (const strength of [0.05, 0.3]) {
        const found = await certifyChord(landscape, await scalingOf(network, model, strength, seed), { points: 5, intervals: 8 });
        expect(found.applies).toBe(true);
        expect(found.lossChange).toBeLessThan(1e-5);
        expect(found.barrier).toBeLessThanOrEqual(found.epsilon);
        // The bound is about this chord, not about anything: within three orders of magnitude.
        expect(found.epsilon).toBeLessThan(1000 * found.barrier);
      }
      const far = await certifyChord(landscape, await scalingOf(network, model, 4, seed), { points: 3, intervals: 8 });
      expect([far.applies, far.epsilon]).toEqual([false, Infinity]);
    }
  });
  test('does not hold for a curve along which the loss changes', async () => {
    const network = denseNetwork('none', 'gelu');
    const model = sample(network, 1);
    const found = await certifyChord(createLandscape(network, model, data()), await scalingOf(network, model, 0.3), {
      points: 3,
      intervals: 4,
    });
    expect(found.hypotheses.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual(['loss constant on the curve']);
  });
});

describe('refuses', () => {
  const attempt = (network: Network) => {
    const [a, b] = [1, 2].map((seed) => sample(network, seed));
    return connectModels(network, a!, { ...b!, constants: a!.constants }, { key: keyFromSeed(1), probe: probe() });
  };
  test('activations that are not homogeneous', async () => {
    await expect(attempt(denseNetwork('none', 'gelu'))).rejects.toThrow(
      /scaling symmetry: a network whose outputs stay .*, got outputs that change by .*%. Use the activation relu or identity./,
    );
  });
  test('fixed weights, unless they are absorbed', async () => {
    const network = denseNetwork('none', 'relu', true);
    await expect(attempt(network)).rejects.toThrow(/a network without fixed weights, got fixed weights in 0.weight.*toStandard/);
    const [a, b] = [1, 2].map((seed) => network.toStandard(sample(network, seed)));
    const { distances } = await connectModels(network.standard, a!, b!, { key: keyFromSeed(1), probe: probe() });
    expect(distances.scaled).toBeLessThanOrEqual(distances.permuted);
    expect(distances.permuted).toBeLessThan(distances.before);
  });
  test('models with constants of their own', async () => {
    const network = denseNetwork();
    const model = sample(network, 1);
    const other = { ...model, constants: { gate: tf.ones([1]) } };
    await expect(connectModels(network, model, other, { key: keyFromSeed(1), probe: probe() })).rejects.toThrow('share their constants');
  });
});
