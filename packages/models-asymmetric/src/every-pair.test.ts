import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import type { Graph, Network, Variables } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { valueAndGradients } from '@basinlab/core/training';
import { randomGraph } from './architectures/random-graph.fixture.js';
import { builtinArchitectures, builtinBreakings } from './builtin.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Sample {
  readonly options: object;
  /** Shape of a batch; nodes of a graph where there is one. */
  readonly shape: readonly number[];
  readonly graph?: () => Graph;
}

const samples: Readonly<Record<string, Sample>> = {
  mlp: { options: { inputs: 5, widths: [4, 3], outputs: 2 }, shape: [3, 5] },
  resnet: { options: { depth: 8, baseWidth: 2, inputs: [4, 4, 2], classes: 2 }, shape: [2, 4, 4, 2] },
  gnn: {
    options: { inputs: 5, widths: [4, 3], outputs: 2 },
    shape: [3],
    graph: () => randomGraph({ nodes: 6, edges: 12, features: 5 }),
  },
  'scalar-masked-relu': { options: { inputs: 5, width: 4 }, shape: [3, 5] },
  'deep-linear': { options: { inputs: 4, widths: [3, 4], outputs: 2, skip: 0.5 }, shape: [3, 4] },
};

const breakingOptions: Readonly<Record<string, object>> = { w: { fixedPerUnit: 1 } };

/** Pairs with nothing to break, and what they say. */
const refused: Readonly<Record<string, string>> = {
  'sigma on deep-linear': 'sigma: a network with activations, got deep-linear',
  'bias-only on deep-linear': 'bias-only: a network with biases of hidden units, got deep-linear',
  'bias-only on resnet': 'bias-only: a network with biases of hidden units, got resnet',
};

const pairs = builtinArchitectures.flatMap((architecture) =>
  builtinBreakings.map((breaking) => ({ name: `${breaking.id} on ${architecture.id}`, architecture, breaking })),
);
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };

describe('every breaking on every architecture', () => {
  test.each(pairs)('$name', ({ name, architecture, breaking }) => {
    const { options, shape, graph } = samples[architecture.id]!;
    const build = (): Network => buildNetwork({ architecture, options, breaking, breakingOptions: breakingOptions[breaking.id] ?? {} });
    if (refused[name] !== undefined) {
      expect(build).toThrow(refused[name]);
      return;
    }
    tf.tidy(() => {
      const network = build();
      const variables = network.init(keys);
      const x = graph
        ? tf.range(0, shape[0]!, 1, 'int32')
        : tf.tensor(normal(keyFromSeed(3), tf.util.sizeFromShape([...shape])), [...shape]);
      const settings = graph ? { graph: graph() } : {};
      const logitsOf = (of: Network, given: Variables): tf.Tensor => of.apply(given, x, settings).logits;

      const { gradients, aside } = valueAndGradients((params) => {
        const { logits } = network.apply({ ...variables, params }, x, { ...settings, training: true });
        return { value: tf.sum(tf.square(logits)), aside: { logits } };
      }, variables.params);
      expect([...aside.logits.dataSync()].every(Number.isFinite)).toBe(true);
      for (const { name: parameter } of network.params) {
        const scale = variables.constants[`${parameter}.scale`];
        if (scale === undefined) continue;
        const reached = tf.mul(gradients[parameter]!, tf.cast(tf.equal(scale, 0), 'float32'));
        expect(tf.max(tf.abs(reached)).dataSync()[0]).toBe(0);
      }
      // Something is trained, and what broke the symmetry is there.
      expect(Object.values(gradients).some((gradient) => tf.any(tf.notEqual(gradient, 0)).dataSync()[0] === 1)).toBe(true);
      expect(Object.keys(variables.constants).length > 0).toBe(breaking.id !== 'standard');
      expectAllclose(logitsOf(network.standard, network.toStandard(variables)), logitsOf(network, variables), { rtol: 1e-4, atol: 1e-5 });
    });
  });
});

test('no architecture is left out', () => {
  expect(Object.keys(samples).sort()).toEqual(builtinArchitectures.map(({ id }) => id).sort());
  expect(Object.keys(refused).filter((name) => !pairs.some((pair) => pair.name === name))).toEqual([]);
});
