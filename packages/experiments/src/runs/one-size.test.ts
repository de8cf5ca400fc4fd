import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { BasinlabError, type Network, type Variables } from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { networkOf } from '../experiment/plan.js';
import { experimentSchema } from '../experiment/schema.js';
import { createBuiltinRegistry } from '../registry.js';
import { demandComparable, type RunSettings } from './comparable.js';
import type { LoadedModels } from './load-models.js';
import { pairAtOneSize } from './one-size.js';

beforeAll(() => tf.setBackend('cpu'));

const registry = createBuiltinRegistry();
const run = (id: string, options: object, breaking = 'standard'): RunSettings => ({
  experiment: experimentSchema.parse({ architecture: { id, options }, breaking: { id: breaking } }),
  registry,
});
const mlp = (widths: number[], options: object = {}): RunSettings =>
  run('mlp', { inputs: 6, outputs: 3, norm: 'none', activation: 'relu', widths, ...options });
const resnet = (depth: number, baseWidth: number, norm = 'batch'): RunSettings =>
  run('resnet', { depth, baseWidth, norm, inputs: [4, 4, 2], classes: 3 });
const gpt2 = (options: object): RunSettings => run('gpt2', { vocabulary: 9, positions: 4, width: 8, heads: 2, units: 6, ...options });
const circuits = (options: object): RunSettings => ({ ...gpt2(options), form: 'gpt2-circuits' });

/** A model of a run, every parameter away from where it starts. */
function loadedOf(settings: RunSettings, seed: number): LoadedModels {
  const network = networkOf(settings.experiment, registry);
  const key = keyFromSeed(seed);
  const around = network.init({ initKey: key, constantsKey: key });
  const params = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(around.params).map(([name, x]) => [
        name,
        tf.add(x, tf.tensor(normal(childKey(key, name), x.size, { deviation: 0.3 }), x.shape)),
      ]),
    ),
  );
  tf.dispose(around.params);
  return { network, epoch: 0, models: [{ ...around, params }] };
}
const logits = (network: Network, variables: Variables, inputs: tf.Tensor): tf.Tensor =>
  tf.tidy(() => network.apply(variables, inputs).logits);

describe('pairAtOneSize', () => {
  const images = (): tf.Tensor => tf.tensor(normal(keyFromSeed(9), 5 * 32), [5, 4, 4, 2]);
  const rows = (): tf.Tensor => tf.tensor(normal(keyFromSeed(9), 30), [5, 6]);
  test.each([
    ['an MLP with more of both', mlp([9, 9, 7]), mlp([5, 4]), rows, ['second'], 'second', 1],
    ['MLPs, the first wider', mlp([9, 7]), mlp([5, 5, 4]), rows, ['first', 'second'], 'first', 1],
    ['MLPs, the first deeper', mlp([5, 5, 4]), mlp([9, 7]), rows, ['first', 'second'], 'second', 1],
    ['an MLP with more units', mlp([9, 7], { activation: 'gelu' }), mlp([5, 4], { activation: 'gelu' }), rows, ['second'], 'second', 0],
    ['ResNets, the first wider', resnet(8, 3), resnet(14, 2), images, ['first', 'second'], 'first', 3],
  ] as const)('%s: both keep their functions, and nothing is left behind', async (_, a, b, inputs, resized, paddedIn, padded) => {
    const loaded = [loadedOf(a, 1), loadedOf(b, 2)] as const;
    const x = inputs();
    const before = tf.memory().numTensors;
    const pair = await pairAtOneSize([a, b], loaded, [0, 0], 1);
    expect([pair.resized, pair.paddedIn, pair.padded.length]).toEqual([resized, paddedIn, padded]);
    expect(networkOf(pair.experiment, registry).params).toEqual(pair.network.params);
    for (const [at, own] of [pair.first, pair.second].entries())
      expectAllclose(logits(pair.network, own, x), logits(loaded[at]!.network, loaded[at]!.models[0]!, x), { rtol: 1e-4, atol: 1e-4 });
    pair.dispose();
    // Four logits.
    expect(tf.memory().numTensors).toBe(before + 4);
  });

  test('nothing is left behind where a model cannot be brought to another size', async () => {
    for (const [a, b] of [
      [mlp([9, 9, 7]), mlp([5, 4])],
      [mlp([9, 7]), mlp([5, 5, 4])],
    ] as const) {
      const [first, second] = [loadedOf(a, 1), loadedOf(b, 2)];
      const [model] = second.models;
      const spoilt = { ...model!, params: { ...model!.params, 'layers.0.linear.bias': tf.fill([5], NaN) } };
      const before = tf.memory().numTensors;
      await expect(pairAtOneSize([a, b], [first, { ...second, models: [spoilt] }], [0, 0], 1)).rejects.toThrow();
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

describe('demandComparable', () => {
  test.each([
    ['one size', mlp([5]), mlp([5]), { grows: 'none' }],
    ['more layers', gpt2({ layers: 2 }), gpt2({ layers: 1 }), { grows: 'second' }],
    ['more of everything', circuits({ layers: 2, width: 12 }), circuits({ layers: 1 }), { grows: 'second' }],
    ['wider and deeper', circuits({ layers: 1, width: 12 }), circuits({ layers: 2 }), { grows: 'both', wide: 0 }],
    ['deeper and wider', circuits({ layers: 2 }), circuits({ layers: 1, heads: 4 }), { grows: 'both', wide: 1 }],
    ['more channels', resnet(8, 4), resnet(8, 2), { grows: 'second' }],
  ] as const)('%s', (_, a, b, growth) => {
    expect(demandComparable([a, b])).toEqual(growth);
  });

  test.each([
    ['another architecture', mlp([5]), gpt2({}), 'two models of one kind of network'],
    ['another breaking', mlp([5, 5]), run('mlp', { inputs: 6, outputs: 3, widths: [5] }, 'syre'), 'two models of one kind of network'],
    [
      'other options',
      mlp([5, 5]),
      mlp([5], { activation: 'identity' }),
      'but for their sizes, got widths [5,5] and [5], activation "relu" and',
    ],
    ['more layers in the second', mlp([5]), mlp([9, 9]), 'Name the deeper model first'],
    ['more units in the second', mlp([5]), mlp([9]), 'Name the larger model first'],
    ['more and fewer units', circuits({ width: 12 }), circuits({ heads: 4 }), 'got width 12 and 8, heads 2 and 4'],
    ['a narrower layer within', mlp([5, 9, 5]), mlp([4]), 'it must be as wide as the one before it'],
    ['other heads alone', gpt2({ layers: 2, heads: 4 }), gpt2({ layers: 1 }), 'in circuit form: --form gpt2-circuits'],
    ['norms over units', resnet(8, 4, 'group'), resnet(8, 2, 'group'), 'the norm group is taken over all channels of a layer'],
    ['norms in layers', mlp([5, 5], { norm: 'batch' }), mlp([4], { norm: 'batch' }), 'the norm batch changes what it is given'],
  ] as const)('refuses %s, and names no command', (_, a, b, reason) => {
    const refused = (): unknown => {
      try {
        return demandComparable([a, b]);
      } catch (error) {
        return error;
      }
    };
    const error = refused();
    expect(error).toBeInstanceOf(BasinlabError);
    expect([(error as BasinlabError).exitCode, (error as BasinlabError).message]).toEqual([2, expect.stringContaining(reason)]);
    expect((error as BasinlabError).message).toMatch(/^pair: /);
  });
});
