import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork, elementIndices, type RebasinStrategy, type SymmetryTransform, type Variables } from '@basinlab/core';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { l2Distance } from '@basinlab/metrics';
import { resnet, standard } from '@basinlab/models-asymmetric';
import { activationMatching, applyTransform, composeTransforms, groupSizes, permutations, weightMatching } from '@basinlab/rebasin';
import { alignPair } from './align-pair.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const network = buildNetwork({
  architecture: resnet,
  options: { depth: 20, baseWidth: 4, inputs: [8, 8, 3], classes: 5, norm: 'batch' },
  breaking: standard,
});
const key = keyFromSeed(7);
const images = (name: string, count: number): tf.Tensor => tf.tensor(normal(childKey(key, name), count * 192), [count, 8, 8, 3]);

/** A fresh network with the statistics of a batch, so that they differ between channels and no channel is always below zero. */
function sample(): Variables {
  const fresh = network.init({ initKey: childKey(key, 'init'), constantsKey: childKey(key, 'constants') });
  return { ...fresh, state: network.apply(fresh, images('warm up', 8), { training: true, statistics: 'batch' }).state };
}

const planted = (): SymmetryTransform =>
  permutations([...groupSizes(network.params)].map(([group, units]) => [group, permutation(childKey(key, group), units)]));

function moved(variables: Variables, transform: SymmetryTransform): Variables {
  return {
    params: applyTransform(network.params, variables.params, transform),
    state: applyTransform(network.state, variables.state, transform),
    constants: variables.constants,
  };
}

test('permuting every stage and every block leaves the logits as they are, running statistics included', () => {
  const variables = sample();
  const x = images('test', 3);
  const logits = network.apply(variables, x).logits;
  expectAllclose(network.apply(moved(variables, planted()), x).logits, logits, { rtol: 1e-4, atol: 1e-5 });
});

test.each<[string, RebasinStrategy]>([
  ['weight matching', weightMatching()],
  ['activation matching', activationMatching()],
])('%s recovers a planted permutation of ResNet-20 exactly', async (_, strategy) => {
  const a = sample();
  const transform = planted();
  const b = moved(a, transform);
  expect(await l2Distance(a.params, b.params)).toBeGreaterThan(1);
  const found = await alignPair({ network, a, b, strategy, inputs: images('match', 8), key, signal: new AbortController().signal });
  expect(Object.keys(found.transform)).toHaveLength(12);
  for (const [group, element] of Object.entries(composeTransforms(transform, found.transform))) {
    const indices = elementIndices(group, element);
    expect([group, ...indices]).toEqual([group, ...indices.keys()]);
  }
  for (const record of ['params', 'state'] as const) {
    for (const [name, value] of Object.entries(found.aligned[record])) expectAllclose(value, a[record][name]!, { rtol: 0, atol: 0 });
  }
});
