import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import type { Graph } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { expectAllclose, architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { standard } from '../breakings/standard.js';
import { gnn } from './gnn.js';
import type { GnnOptions } from './gnn.js';
import { denseMean, randomGraph } from './random-graph.fixture.js';
import { neighbourMean, sumOverEdges } from './sum-over-edges.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const base = { inputs: 4, widths: [5, 3], outputs: 2 };
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };
const build = (options: Partial<GnnOptions> = {}) =>
  buildNetwork({ architecture: gnn, options: { ...base, ...options }, breaking: standard });
const graph = (): Graph => randomGraph({ nodes: 9, edges: 30, features: 4 });
const nodes = (...indices: number[]): Tensor1D => tf.tensor1d(indices, 'int32');
const onNodes = { inputShape: [], inputs: () => nodes(8, 0, 3, 3, 5), graph };

testContract(
  architectureContract(gnn, [
    { ...onNodes, options: base },
    { ...onNodes, options: { ...base, widths: [6], norm: 'none', activation: 'relu' } },
    { ...onNodes, options: { ...base, norm: 'layer', affine: false } },
    { ...onNodes, options: { ...base, norm: 'batch-linear' } },
  ]),
);

test('adds the mean of the neighbours, then does what an MLP does', () => {
  const network = build({ norm: 'none', activation: 'relu' });
  const { params } = network.init(keys);
  const g = graph();
  const step = tf.add(denseMean(g), tf.eye(9)) as Tensor2D;
  let h = g.features as Tensor2D;
  for (const layer of ['layers.0', 'layers.1']) {
    const weight = params[`${layer}.linear.weight`] as Tensor2D;
    h = tf.relu(tf.add(tf.matMul(tf.matMul(step, h), weight, false, true), params[`${layer}.linear.bias`]!));
  }
  const logits = tf.add(tf.matMul(h, params['layers.2.linear.weight'] as Tensor2D, false, true), params['layers.2.linear.bias']!);
  const x = nodes(2, 8, 2);
  expectAllclose(network.apply({ params, constants: {}, state: {} }, x, { graph: g }).logits, tf.gather(logits, x), { rtol: 1e-4 });
});

test('other names of the nodes give the same logits', () => {
  const network = build();
  const variables = network.init(keys);
  const g = graph();
  const names = nodes(4, 7, 1, 0, 8, 2, 6, 3, 5);
  const renamed: Graph = {
    ...g,
    features: tf.gather(
      g.features,
      tf.tensor1d(
        Array.from(names.dataSync(), (_, node) => names.dataSync().indexOf(node)),
        'int32',
      ),
    ),
    sources: tf.gather(names, g.sources as Tensor1D),
    targets: tf.gather(names, g.targets as Tensor1D),
    degrees: tf.unsortedSegmentSum(g.degrees, names, 9),
  };
  const x = nodes(0, 1, 2, 8);
  const after = network.apply(variables, tf.gather(names, x), { graph: renamed, training: true });
  const before = network.apply(variables, x, { graph: g, training: true });
  expectAllclose(after.logits, before.logits, { rtol: 1e-4, atol: 1e-5 });
});

describe('the sum over edges', () => {
  test('and its gradient are those of the dense matrix, over several blocks too', () => {
    const g = randomGraph({ nodes: 6, edges: 2 * 8192 + 100, features: 2 });
    const dense = denseMean(g);
    const weights = tf.reshape(tf.sin(tf.range(0, 12)), [6, 2]);
    expectAllclose(neighbourMean(g.features, g), tf.matMul(dense, g.features as Tensor2D), { rtol: 1e-4, atol: 1e-5 });
    const slope = tf.grad((x) => tf.sum(tf.mul(neighbourMean(x, g), weights)))(g.features);
    expectAllclose(slope, tf.matMul(dense, weights as Tensor2D, true), { rtol: 1e-4, atol: 1e-5 });
  });

  test('is 0 without edges, and the mean is 0 for a node without neighbours', () => {
    expectAllclose(sumOverEdges(tf.ones([2, 3]), nodes(), nodes()), tf.zeros([2, 3]));
    expectAllclose(tf.slice(neighbourMean(tf.ones([9, 2]), graph()), 8, 1), tf.zeros([1, 2]));
  });
});

test('taps see the rows of the batch', () => {
  const seen: string[] = [];
  const network = build({ widths: [5] });
  network.apply(network.init(keys), nodes(1, 2), {
    graph: graph(),
    tap: ({ layer, site, group }, x) => void seen.push(`${layer} ${site} ${group} ${x.shape.join('x')}`),
  });
  expect(seen).toEqual([
    'layers.0 input null 2x4',
    'layers.0 post-linear layers.0 2x5',
    'layers.0 post-norm layers.0 2x5',
    'layers.0 post-activation layers.0 2x5',
    'layers.1 input layers.0 2x5',
    'layers.1 post-linear null 2x2',
  ]);
});

test('a missing graph and features of another number are refused', () => {
  const network = build();
  const variables = network.init(keys);
  expect(() => network.apply(variables, nodes(0))).toThrow('gnn: a graph, got none. Choose a data set with a graph');
  const other = randomGraph({ nodes: 4, edges: 5, features: 3 });
  expect(() => network.apply(variables, nodes(0), { graph: other })).toThrow('gnn: nodes of 4 features, got [3]');
});
