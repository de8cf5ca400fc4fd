import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Architecture, LayerStack, Network, Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import { deepLinear, mlp, resnet } from '@basinlab/models-asymmetric';
import { bert, gpt2, gpt2Circuits, matchCircuits, vit, vitCircuits } from '@basinlab/models-transformer';
import { applyTransform, deepen, matchWeights } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { stackedModel, type StackedNetwork } from './stacked-model.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const key = keyFromSeed(1);
const numbers =
  (...shape: number[]) =>
  (): tf.Tensor =>
    tf.tensor(
      normal(
        childKey(key, 'inputs'),
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
    );
const text = (): tf.Tensor => tf.tensor2d(randomInt(childKey(key, 'tokens'), 15, 0, 30), [3, 5], 'int32');

interface DepthCase {
  readonly architecture: Architecture;
  readonly deep: object;
  readonly shallow: object;
  readonly inputs: () => tf.Tensor;
}
const of = (architecture: unknown, deep: object, shallow: object, inputs: () => tf.Tensor): DepthCase => ({
  ...{ architecture: architecture as Architecture, deep, shallow, inputs },
});

const tokens = { vocabulary: 30, positions: 5, width: 8, heads: 2, units: 6 };
const images = { inputs: [4, 4, 2], classes: 3, patch: 2, width: 8, heads: 2, units: 6 };
const dense = { inputs: 6, outputs: 4, norm: 'none' };
const pictures = { inputs: [8, 8, 2], classes: 3, baseWidth: 4 };
const cases: Record<string, DepthCase> = {
  gpt2: of(gpt2, { ...tokens, layers: 4 }, { ...tokens, layers: 2 }, text),
  'gpt2 of today': of(
    gpt2,
    ...([3, 2].map((layers) => ({ ...tokens, layers, norm: 'rms', position: 'rotary', gated: true, keyValueHeads: 1 })) as [
      object,
      object,
    ]),
    text,
  ),
  experts: of(
    gpt2,
    ...([3, 2].map((layers) => ({ ...tokens, layers, units: 4, experts: { count: 2, active: 1 } })) as [object, object]),
    text,
  ),
  'gpt2 in circuit form': of(gpt2Circuits, { ...tokens, layers: 3 }, { ...tokens, layers: 1 }, text),
  vit: of(vit, { ...images, layers: 3 }, { ...images, layers: 2 }, numbers(3, 4, 4, 2)),
  'vit in circuit form': of(vitCircuits, { ...images, layers: 3 }, { ...images, layers: 2 }, numbers(3, 4, 4, 2)),
  'resnet, group': of(resnet, { ...pictures, depth: 20 }, { ...pictures, depth: 8 }, numbers(3, 8, 8, 2)),
  'resnet, batch': of(resnet, { ...pictures, depth: 14, norm: 'batch' }, { ...pictures, depth: 8, norm: 'batch' }, numbers(3, 8, 8, 2)),
  'mlp with ReLU': of(
    mlp,
    { ...dense, widths: [7, 7, 7, 5, 5], activation: 'relu' },
    { ...dense, widths: [7, 5], activation: 'relu' },
    numbers(3, 6),
  ),
  'mlp without activation': of(
    mlp,
    { ...dense, widths: [5, 5, 5], activation: 'identity' },
    { ...dense, widths: [5], activation: 'identity' },
    numbers(3, 6),
  ),
  'deep linear': of(deepLinear, { inputs: 6, outputs: 4, widths: [6, 5, 5] }, { inputs: 6, outputs: 4, widths: [5] }, numbers(3, 6)),
  'deep linear with a skip': of(
    deepLinear,
    { inputs: 6, outputs: 4, widths: [6, 6, 6], skip: 0.5 },
    { inputs: 6, outputs: 4, widths: [6], skip: 0.5 },
    numbers(3, 6),
  ),
};

const model = ({ architecture }: DepthCase, options: object, seed: number): StackedNetwork => stackedModel(architecture, options, seed);
const logits = ({ network }: { readonly network: Network }, params: Tensors, state: Tensors, inputs: () => tf.Tensor) =>
  network.apply({ params, state, constants: {} }, inputs()).logits;

describe.each(Object.entries(cases))('%s', (_, at) => {
  test('a model brought to the depth of another keeps its function', async () => {
    const [deep, shallow] = [model(at, at.deep, 2), model(at, at.shallow, 3)];
    const before = tf.memory().numTensors;
    const { params, state, layers } = await deepen(deep, shallow);
    expect(tf.memory().numTensors - before).toBe(Object.keys(params).length + Object.keys(state).length);
    expect(params).toEqual(Object.fromEntries(deep.specs.map(({ name, shape }) => [name, expect.objectContaining({ shape: [...shape] })])));
    const count = (stacks: readonly LayerStack[]): number => stacks.reduce((sum, stack) => sum + stack.layers.length, 0);
    expect(Object.values(layers).filter((partner) => partner === null)).toHaveLength(count(deep.stacks) - count(shallow.stacks));
    expectAllclose(logits(deep, params, state, at.inputs), logits(shallow, shallow.params, shallow.state, at.inputs), {
      rtol: 1e-4,
      atol: 1e-4,
    });
  });

  test('layers that were put in are found, whatever has moved the units', async () => {
    const [deep, shallow] = [model(at, at.deep, 2), model(at, at.shallow, 3)];
    // Layers that are as different as they can be from those that pass on what they are given.
    const first = await deepen(deep, shallow);
    const rotation = randomTransform([...deep.specs, ...deep.stateSpecs], keyFromSeed(5), 'permutation');
    const moved = {
      ...deep,
      params: applyTransform(deep.specs, first.params, rotation),
      state: applyTransform(deep.stateSpecs, first.state, rotation),
    };
    const { layers, params, state } = await deepen(moved, shallow);
    expect(layers).toEqual(first.layers);
    if (!('layers' in at.deep) || 'patch' in at.deep) return;
    const isCircuits = at.architecture === (gpt2Circuits as unknown);
    const { transform } = isCircuits
      ? await matchCircuits(moved.params, params, { specs: deep.specs })
      : await matchWeights(moved.params, params, { specs: deep.specs, key: keyFromSeed(6) });
    const back = applyTransform(deep.specs, params, transform);
    const written = deep.specs.filter(
      ({ name }) => !/blocks\.\d+\.(attention|mlp)\./.test(name) || layers[name.split('.').slice(0, 2).join('.')] !== null,
    );
    for (const { name } of written) expectAllclose(back[name]!, moved.params[name]!, { rtol: 1e-3, atol: 1e-3 });
    // All points between them have the function that both have.
    const middle = Object.fromEntries(Object.entries(back).map(([name, tensor]) => [name, tf.div(tf.add(tensor, moved.params[name]!), 2)]));
    expectAllclose(logits(deep, middle, state, at.inputs), logits(shallow, shallow.params, shallow.state, at.inputs), {
      rtol: 1e-3,
      atol: 1e-3,
    });
  });
});

describe('what has no layer that passes on what it is given', () => {
  const refused: Record<string, [DepthCase, string]> = {
    bert: [of(bert, { ...tokens, layers: 2 }, { ...tokens, layers: 1 }, text), 'the norm behind each part normalises what it is given'],
    'an mlp with norms': [
      of(mlp, { inputs: 6, outputs: 4, widths: [5, 5] }, { inputs: 6, outputs: 4, widths: [5] }, numbers(3, 6)),
      'the norm layer changes what it is given',
    ],
    'an mlp with GELU': [of(mlp, { ...dense, widths: [5, 5] }, { ...dense, widths: [5] }, numbers(3, 6)), 'GELU changes what it is given'],
    'a resnet with GELU': [
      of(resnet, { ...pictures, depth: 14, activation: 'gelu' }, { ...pictures, depth: 8, activation: 'gelu' }, numbers(3, 8, 8, 2)),
      'GELU behind each block changes what it is given',
    ],
    'layers of other widths': [
      of(mlp, { ...dense, widths: [7, 5], activation: 'relu' }, { ...dense, widths: [5], activation: 'relu' }, numbers(3, 6)),
      'A layer that is left out must be as wide as the one before it',
    ],
    'the deeper one second': [of(gpt2, { ...tokens, layers: 1 }, { ...tokens, layers: 2 }, text), 'Name the deeper model first'],
  };
  test.each(Object.entries(refused))('%s', async (_, [at, reason]) => {
    await expect(deepen(model(at, at.deep, 2), model(at, at.shallow, 3))).rejects.toThrow(reason);
  });
});
