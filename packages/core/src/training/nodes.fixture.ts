import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Architecture, Graph, LoadedDataset, Network, Split, SymmetryBreaking } from '../contracts/index.js';
import { buildNetwork } from '../network/index.js';
import { blobs } from './training.fixture.js';

const units = 5;
const hidden = { group: 'hidden' };
const unbroken: SymmetryBreaking<Record<string, never>> = {
  id: 'unbroken',
  summary: 'Nothing is fixed',
  options: z.strictObject({}),
  constants: () => null,
};

/** Two dense layers on the mean of each node's neighbours; `samples`: on inputs that are such means already. */
export function neighbourNetwork(input: 'nodes' | 'samples'): Network {
  const architecture: Architecture<Record<string, never>> = {
    id: 'neighbours',
    summary: 'Two dense layers on means of neighbours',
    options: z.strictObject({}),
    input,
    params: () => [
      { name: 'a', shape: [units, 4], init: { kind: 'normal', deviation: 0.5 }, role: 'weight', axes: [hidden, null], fanIn: 4 },
      { name: 'b', shape: [3, units], init: { kind: 'normal', deviation: 0.5 }, role: 'weight', axes: [null, hidden], fanIn: units },
    ],
    state: () => [{ name: 'mean', shape: [units], axes: [hidden], init: 0, momentum: 0.1 }],
    activations: () => [{ layer: 'hidden', units, axis: hidden }],
    activation: () => 'relu',
    apply(_, params, x, context) {
      const means = context.graph === undefined ? x : tf.gather(neighbourMeans(context.graph), x as Tensor1D);
      const z = tf.matMul(means as Tensor2D, params['a'] as Tensor2D, false, true);
      context.observe('mean', tf.mean(z, 0));
      const active = context.activate('hidden', z);
      context.tap({ layer: 'hidden', site: 'post-activation', group: 'hidden' }, active);
      return tf.matMul(active as Tensor2D, params['b'] as Tensor2D, false, true);
    },
  };
  return buildNetwork({ architecture, options: {}, breaking: unbroken });
}

const neighbourMeans = ({ features, sources, targets, degrees }: Graph): Tensor => {
  const sums = tf.unsortedSegmentSum(tf.gather(features, sources as Tensor1D), targets as Tensor1D, features.shape[0]!);
  return tf.div(sums, tf.expandDims(degrees, 1));
};

type Nodes = Pick<LoadedDataset, 'train' | 'validation'> & { readonly graph: Graph };

/** Nodes in a ring, each with an edge from both neighbours; three quarters of them train, in no order. */
export function ring(nodes: number, seed: number): Nodes & { readonly train: Split & { readonly nodes: Tensor } } {
  const { inputs: features, labels } = blobs(nodes, seed);
  const around = Array.from({ length: nodes }, (_, i) => [(i + nodes - 1) % nodes, (i + 1) % nodes].sort((a, b) => a - b));
  const graph = {
    features,
    sources: tf.tensor1d(around.flat(), 'int32'),
    targets: tf.tensor1d(
      around.flatMap((_, i) => [i, i]),
      'int32',
    ),
    offsets: tf.tensor1d(
      Array.from({ length: nodes + 1 }, (_, i) => 2 * i),
      'int32',
    ),
    degrees: tf.fill([nodes], 2),
  };
  const part = (from: number, to: number): Split & { readonly nodes: Tensor } => {
    const rows = tf.tensor1d(
      Array.from({ length: to - from }, (_, i) => (7 * (from + i)) % nodes),
      'int32',
    );
    return { inputs: tf.gather(features, rows), labels: tf.gather(labels, rows), nodes: rows };
  };
  const cut = Math.floor((3 * nodes) / 4);
  return { train: part(0, cut), validation: part(cut, nodes), graph };
}

/** The same data as samples: what each node's neighbours show on average. */
export function aggregated({ train, validation, graph }: Nodes): Pick<LoadedDataset, 'train' | 'validation'> {
  const means = neighbourMeans(graph);
  const part = ({ nodes, labels }: Split): Split => ({ inputs: tf.gather(means, nodes as Tensor1D), labels });
  return { train: part(train), validation: part(validation) };
}
