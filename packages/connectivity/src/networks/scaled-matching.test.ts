import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import type { GroupElement } from '@basinlab/core';
import { childKey, keyFromSeed, permutation, uniform } from '@basinlab/core/random';
import { expectAllclose, rebasinContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { applyTransform, groupSizes, matchWeights, scaledMatching } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { dense, denseNetwork } from './small-networks.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

testContract(
  rebasinContract(scaledMatching({ restarts: 4 }), [
    { architecture: dense, options: { widths: [7, 5], norm: 'none', activation: 'relu' }, inputShape: [4] },
    { architecture: dense, options: { widths: [9], norm: 'layer', activation: 'gelu' }, inputShape: [4] },
  ]),
);

test('planted factors and permutations are found, which weight matching alone misses', async () => {
  const network = denseNetwork();
  const a = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const planted = Object.fromEntries(
    Array.from(groupSizes(network.params), ([group, size]): [string, GroupElement] => {
      const scales = Float64Array.from(uniform(childKey(keyFromSeed(3), group), size, { min: -2, max: 2 }), Math.exp);
      return [group, { kind: 'monomial', indices: permutation(childKey(keyFromSeed(4), group), size), scales }];
    }),
  );
  const b = applyTransform(network.params, a.params, planted);
  const at = { specs: network.params, stateSpecs: [], key: keyFromSeed(5) };
  const strategy = scaledMatching();
  if (strategy.needs !== 'weights') throw new Error('it needs weights only');
  const transform = await strategy.align({ params: a.params, state: {} }, { params: b, state: {} }, at);
  const back = applyTransform(network.params, b, transform);
  for (const [name, tensor] of Object.entries(a.params)) expectAllclose(back[name]!, tensor, { rtol: 1e-4, atol: 1e-5 });
  const { objective, identityObjective } = await matchWeights(a.params, b, { ...at, restarts: 10 });
  expect(objective).toBeGreaterThan(0.3 * identityObjective);
});
