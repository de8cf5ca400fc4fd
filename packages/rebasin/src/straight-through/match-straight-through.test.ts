import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type SymmetryBreaking } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { adam, taskLoss, valueAndGradients } from '@basinlab/core/training';
import { z } from 'zod';
import { middleLoss, modelOf } from '../loss/alignment-loss.js';
import { moveModel } from '../loss/best-transform.js';
import { layered } from '../layered.fixture.js';
import { matchWeights } from '../weight-matching/index.js';
import { matchStraightThrough } from './match-straight-through.js';

await tf.setBackend('cpu');

const key = keyFromSeed(8);
const unbroken: SymmetryBreaking = { id: 'none', summary: 'no breaking', options: z.strictObject({}), constants: () => null };
const network = buildNetwork({ architecture: layered, options: { widths: [6] }, breaking: unbroken });
const data = {
  inputs: tf.tensor2d(normal(childKey(key, 'inputs'), 64 * 6), [64, 6]),
  labels: tf.tensor1d(randomInt(childKey(key, 'labels'), 64, 0, 4), 'int32'),
};

/** A network of its own, trained a little: the labels can only be learned by heart. */
function trained(name: string) {
  const variables = network.init({ initKey: childKey(key, name), constantsKey: key });
  let { params } = variables;
  let slots = adam.init(adam.options.parse({}), params);
  for (let step = 1; step <= 60; step++) {
    const loss = (values: typeof params) => ({
      value: taskLoss('classification', network.apply({ ...variables, params: values }, data.inputs).logits, data.labels),
      aside: [],
    });
    const { gradients } = valueAndGradients(loss, params);
    const at = { step: tf.scalar(step), learningRate: tf.scalar(0.05) };
    ({ params, state: slots } = adam.update(adam.options.parse({}), at, params, gradients, slots));
  }
  return { params, state: variables.state };
}

test('finds a midpoint at least as good as weight matching does, and says how good it is', async () => {
  const [a, b] = [trained('a'), trained('b')];
  const specs = { specs: network.params, stateSpecs: network.state };
  const midpoint = await middleLoss({ network, data }, [modelOf(a), modelOf(b)], 1000);
  const byWeights = moveModel(specs, modelOf(b), (await matchWeights(a.params, b.params, { ...specs, key, restarts: 4 })).transform);
  const found = await matchStraightThrough(a, b, { ...specs, network, data, key, steps: 30, learningRate: 0.1, batch: 64 });
  expect(found.chord).toBeCloseTo(midpoint.chord, 5);
  expect(found.midpointLoss).toBeCloseTo(await midpoint.of([moveModel(specs, modelOf(b), found.transform)]), 5);
  expect(found.midpointLoss).toBeLessThan((await midpoint.of([byWeights])) - 0.01);
});
