import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import { standard } from '@basinlab/models-asymmetric';
import { applyTransform, inferNetworkSymmetries, symmetryDifferences, symmetryExcess } from '@basinlab/rebasin';
import { createContainer } from '@basinlab/cli';
import { architectureExamples } from './examples.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const registry = createContainer();
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };

test('every registered architecture has an example', () => {
  expect(Object.keys(architectureExamples).sort()).toEqual(
    registry
      .list('architecture')
      .map(({ id }) => id)
      .sort(),
  );
});

describe('the axes that an architecture declares are those that its computation has', () => {
  const examples = Object.entries(architectureExamples).flatMap(([id, list]) => list.map((example) => ({ id, ...example })));
  test.each(examples)('$id $options', ({ id, options, input, graph }) => {
    const network = buildNetwork({ architecture: registry.resolve('architecture', id), options, breaking: standard });
    const variables = network.init(keys);
    const inferred = inferNetworkSymmetries(network, variables, input, graph?.());
    // Of pooled variances only the mean counts: they may move with their units or on their own.
    const state = network.state.filter(({ init }) => typeof init === 'number' || init.pooled !== true);
    expect(symmetryDifferences([...network.params, ...state], inferred.axes)).toEqual([]);
    expect(symmetryExcess([...network.params, ...network.state], inferred.axes)).toEqual([]);
    tf.dispose(variables as unknown as tf.TensorContainer);
  });
});

// Angles that rotary positions leave are not among what is inferred.
test('a random element of every group that a transformer declares leaves its logits as they are', () => {
  const key = keyFromSeed(3);
  for (const { options, input } of architectureExamples['gpt2']!) {
    const network = buildNetwork({ architecture: registry.resolve('architecture', 'gpt2'), options, breaking: standard });
    const params = Object.fromEntries(
      network.params.map(({ name, shape }) => {
        const size = tf.util.sizeFromShape([...shape]);
        return [name, tf.tensor(normal(childKey(key, name), size, { deviation: 0.5 }), [...shape])];
      }),
    );
    const x = tf.tensor(randomInt(key, tf.util.sizeFromShape([...input.shape]), 0, 7), [...input.shape], 'int32');
    const logits = (of: Tensors) => network.apply({ params: of, constants: {}, state: {} }, x).logits;
    const transform = randomTransform(network.params, childKey(key, 'element'));
    const isTurned = Object.values(transform).some(({ kind }) => kind === 'rotated');
    expect(isTurned).toBe(options['position'] === 'rotary');
    const largest = tf.max(tf.abs(logits(params))).dataSync()[0]!;
    expectAllclose(logits(applyTransform(network.params, params, transform)), logits(params), { rtol: 1e-4, atol: 1e-5 * largest });
  }
});

test('a symmetry breaking leaves none', () => {
  const breakings = [
    ['w', { fixedPerUnit: 2 }],
    ['sigma', {}],
    ['syre', {}],
  ] as const;
  for (const [id, breakingOptions] of breakings) {
    const breaking = registry.resolve('symmetryBreaking', id);
    const options = { inputs: 12, widths: [8, 7], outputs: 3 };
    const network = buildNetwork({ architecture: registry.resolve('architecture', 'mlp'), options, breaking, breakingOptions });
    const variables = network.init(keys);
    expect([...inferNetworkSymmetries(network, variables, { shape: [2, 12] }).groups.keys()]).toEqual([]);
    tf.dispose(variables as unknown as tf.TensorContainer);
  }
});
