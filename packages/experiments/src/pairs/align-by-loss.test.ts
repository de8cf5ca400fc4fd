import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork, type Network, type SymmetryTransform, type Variables } from '@basinlab/core';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { createConnectivityEvaluator } from '@basinlab/metrics';
import { mlp, resnet, standard } from '@basinlab/models-asymmetric';
import { activationMatching, applyTransform, groupSizes, permutations, repair, meanOf, matchMany, repairPlaces } from '@basinlab/rebasin';
import { createBuiltinRegistry } from '../registry.js';
import { alignPair } from './align-pair.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(9);
const drawn = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(
    normal(
      childKey(key, name),
      shape.reduce((product, size) => product * size, 1),
    ),
    shape,
  );
const labels = (rows: number): tf.Tensor1D =>
  tf.tensor1d(
    Int32Array.from({ length: rows }, (_, i) => i % 3),
    'int32',
  );

function fresh(network: Network, name: string): Variables {
  const variables = network.init({ initKey: childKey(key, name), constantsKey: childKey(key, 'constants') });
  // Fresh biases and norms are alike in all units, which would hide whether they move with them.
  const params = Object.fromEntries(
    Object.entries(variables.params).map(([at, value]) => [at, tf.add(value, tf.mul(0.1, tf.abs(drawn(`${name} ${at}`, value.shape))))]),
  );
  return { ...variables, params };
}
const planted = (network: Network): SymmetryTransform =>
  permutations([...groupSizes(network.params)].map(([group, units]) => [group, permutation(childKey(key, group), units)]));
const moved = (network: Network, { params, state, constants }: Variables, transform: SymmetryTransform): Variables => ({
  params: applyTransform(network.params, params, transform),
  state: applyTransform(network.state, state, transform),
  constants,
});

const networks = {
  mlp: buildNetwork({ architecture: mlp, options: { inputs: 8, widths: [9, 8], outputs: 3 }, breaking: standard }),
  'ResNet-20': buildNetwork({
    architecture: resnet,
    options: { depth: 20, baseWidth: 3, inputs: [8, 8, 1], classes: 3, norm: 'group' },
    breaking: standard,
  }),
};
const shapes = { mlp: [8], 'ResNet-20': [8, 8, 1] };

/** Those for any network; transformers in circuit form have their own test. */
const strategies = createBuiltinRegistry()
  .list('rebasin')
  .filter(({ id }) => !id.startsWith('circuit-'));

describe.each(Object.keys(networks) as (keyof typeof networks)[])('a planted permutation of %s', (name) => {
  const network = networks[name];
  test.each(strategies)('is found exactly by $id, and the barrier is gone', async (strategy) => {
    const a = fresh(network, 'a');
    const b = moved(network, a, planted(network));
    const [x, y] = [drawn('x', [8, ...shapes[name]]), labels(8)];
    const found = await alignPair({ network, a, b, strategy, inputs: x, labels: y, key, signal: new AbortController().signal });
    for (const record of ['params', 'state'] as const) {
      for (const [at, value] of Object.entries(found.aligned[record])) expectAllclose(value, a[record][at]!, { rtol: 0, atol: 0 });
    }
    if (name !== 'mlp') return;
    const evaluator = createConnectivityEvaluator(network, { steps: 2 });
    const measured = await evaluator.measure(a, found.aligned, { test: { inputs: x, labels: y } });
    expect(measured.splits.test.lossBarrier).toBeCloseTo(0, 6);
    evaluator.dispose();
  });
});

test('activation matching finds a planted permutation of an MLP at every recording site by every similarity that pairs like units', async () => {
  const network = networks.mlp;
  const a = fresh(network, 'a');
  const [b, inputs] = [moved(network, a, planted(network)), drawn('x', [32, 8])];
  for (const site of ['input', 'post-linear', 'post-norm', 'post-activation'] as const) {
    for (const similarity of ['dot', 'dot-unnormalised', 'pearson', 'pearson-zero-for-constant'] as const) {
      const strategy = activationMatching({ site, similarity });
      const { aligned } = await alignPair({ network, a, b, strategy, inputs, key, signal: new AbortController().signal });
      for (const [at, value] of Object.entries(aligned.params)) {
        expect({ site, similarity, at, values: [...value.dataSync()] }).toEqual({
          site,
          similarity,
          at,
          values: [...a.params[at]!.dataSync()],
        });
      }
    }
  }
});

test('three ResNet-20s in other orders of units are brought to one, and a merge of unlike ones is repaired', async () => {
  const network = networks['ResNet-20'];
  const [a, b] = [fresh(network, 'a'), fresh(network, 'b')];
  const models = [a, moved(network, a, planted(network)), a];
  const { objective, toUniverse } = await matchMany(
    models.map(({ params }) => params),
    { specs: network.params, key, restarts: 2 },
  );
  expect(objective).toBeLessThan(1e-9);
  for (const [at, value] of Object.entries(applyTransform(network.params, models[1]!.params, toUniverse[1]!))) {
    expectAllclose(value, a.params[at]!, { rtol: 0, atol: 0 });
  }
  expect(repairPlaces(network)).toHaveLength(1 + 18 + 2);
  const merged = { ...a, params: meanOf([a.params, b.params]) };
  const x = drawn('x', [6, 8, 8, 1]);
  const repaired = await repair(network, merged, { ends: [a, b], inputs: x });
  const spread = (model: Variables): number => {
    const { variance } = tf.moments(network.apply(model, x).logits, 0);
    return tf.mean(variance).dataSync()[0]!;
  };
  expect(spread(merged)).toBeLessThan(spread(repaired));
});

test('a merged BatchNorm network gets running statistics of its own', async () => {
  const network = buildNetwork({ architecture: mlp, options: { inputs: 8, widths: [9], outputs: 3, norm: 'batch' }, breaking: standard });
  const ends = [fresh(network, 'a'), fresh(network, 'b')];
  const x = drawn('x', [40, 8]);
  const merged = { ...ends[0]!, params: meanOf(ends.map(({ params }) => params)) };
  const { state } = await repair(network, merged, { ends, inputs: x });
  const linear = tf.add(
    tf.matMul(x as tf.Tensor2D, merged.params['layers.0.linear.weight'] as tf.Tensor2D, false, true),
    merged.params['layers.0.linear.bias']!,
  );
  expectAllclose(state['layers.0.norm.runningMean']!, tf.mean(linear, 0), { atol: 1e-5 });
});
