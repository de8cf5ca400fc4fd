import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type AxisSpec, type Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt, uniform } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import { standard } from '@basinlab/models-asymmetric';
import { applyTransform, groupKinds, inferNetworkSymmetries, symmetryDifferences } from '@basinlab/rebasin';
import { createContainer } from '@basinlab/cli';
import { architectureExamples } from './examples.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const registry = createContainer();
const key = keyFromSeed(1);
const examples = Object.entries(architectureExamples).flatMap(([id, list]) => list.map((example) => ({ id, ...example })));

/** Numbers away from where models start, variances above 0. */
const moved = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const own = childKey(key, name);
      const isVariance = /ariance$/.test(name);
      const values = isVariance ? uniform(own, tensor.size, { min: 0.5, max: 2 }) : normal(own, tensor.size, { deviation: 0.5 });
      return [name, tf.tensor(values, tensor.shape)];
    }),
  );

describe.each(examples)('$id $options', ({ id, options, input, graph }) => {
  const network = buildNetwork({ architecture: registry.resolve('architecture', id), options, breaking: standard });
  const find = () => {
    const variables = network.init({ initKey: key, constantsKey: key });
    const { axes } = inferNetworkSymmetries(network, variables, input, graph?.(), { kinds: true });
    return { variables, axes };
  };

  test('signs, factors, rotations and maps that are found without any declaration leave the function as it is', () => {
    const { variables, axes } = find();
    const inputs =
      input.dtype === 'int32'
        ? tf.tensor(randomInt(childKey(key, 'tokens'), tf.util.sizeFromShape([...input.shape]), 0, 5), [...input.shape], 'int32')
        : tf.tensor(normal(childKey(key, 'inputs'), tf.util.sizeFromShape([...input.shape])), [...input.shape]);
    const [params, state] = [moved(variables.params), moved(variables.state)];
    const specsOf = (tensors: Tensors): AxisSpec[] =>
      Object.entries(tensors).map(([name, { shape }]) => ({ name, shape, axes: axes[name]! }));
    const transform = randomTransform([...specsOf(params), ...specsOf(state)] as never, childKey(key, 'element'));
    const around = graph === undefined ? {} : { graph: graph() };
    const logits = (of: Tensors, running: Tensors) => network.apply({ params: of, state: running, constants: {} }, inputs, around).logits;
    const before = logits(params, state);
    const after = logits(applyTransform(specsOf(params), params, transform), applyTransform(specsOf(state), state, transform));
    const largest = tf.max(tf.abs(before)).dataSync()[0]!;
    expectAllclose(after, before, { rtol: 1e-3, atol: 1e-3 * largest });
  });

  test('declared axes are those, but for attention, whose heads are declared to be permuted only', () => {
    const { axes } = find();
    const state = network.state.filter(({ init }) => typeof init === 'number' || init.pooled !== true);
    const differences = symmetryDifferences([...network.params, ...state], axes, { kinds: true });
    expect(differences.filter((line) => !/^blocks\.\d+\.attention\./.test(line))).toEqual([]);
  });
});

test('what attention may do beyond that: a factor for each head, and any map of its keys and of its values', () => {
  const options = { vocabulary: 7, positions: 5, width: 6, layers: 1, heads: 3, units: 4 };
  const network = buildNetwork({ architecture: registry.resolve('architecture', 'gpt2'), options, breaking: standard });
  const variables = network.init({ initKey: key, constantsKey: key });
  const { axes } = inferNetworkSymmetries(network, variables, { shape: [2, 5], dtype: 'int32' }, undefined, { kinds: true });
  const specs = network.params.map(({ name, shape }) => ({ name, shape, axes: axes[name]! }));
  const kinds = groupKinds(specs);
  const [query, key1, value, output] = ['query', 'key', 'value', 'output'].map((part) => axes[`blocks.0.attention.${part}.weight`]!);
  const heads = { group: expect.any(String), kind: 'scaled-permutation', size: 3 };
  const map = { group: expect.any(String), kind: 'invertible', size: 2 };
  expect(query![0]).toEqual({ segments: [[heads, map]] });
  expect(key1![0]).toEqual({
    segments: [
      [
        { ...heads, as: 'reads' },
        { ...map, as: 'reads' },
      ],
    ],
  });
  expect(value![0]).toEqual({ segments: [[heads, map]] });
  expect(output![1]).toEqual({
    segments: [
      [
        { ...heads, as: 'reads' },
        { ...map, as: 'reads' },
      ],
    ],
  });
  expect([...kinds.values()].sort()).toEqual(['invertible', 'invertible', 'permutation', 'permutation', 'scaled-permutation']);
});
