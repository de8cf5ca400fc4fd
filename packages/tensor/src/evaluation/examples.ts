import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Graph, Network, Split } from '../contracts/index.js';
import { demand } from '../errors.js';

/** What a network computes on: samples [rows, ...features], or nodes [rows] int32 with the graph that they belong to. */
export type NetworkInputs = { inputs: Tensor; graph?: Graph };

/** The inputs of some rows and what is expected of them. An argument of compiled programs, so that no data become constants of them. */
export type Examples = NetworkInputs & { labels: Tensor };

/** What a network reads of a split. Throws where it wants the nodes of a graph and there are none. */
export function examplesOf(network: Network, split: Split, graph: Graph | undefined): Examples {
  const { inputs, nodes, labels } = split;
  if (network.input === 'samples') return { inputs, labels };
  const given = nodes === undefined || graph === undefined ? 'a data set without one' : { nodes, graph };
  demand(
    typeof given !== 'string',
    network.architecture,
    'a data set with a graph, whose nodes are the inputs',
    given,
    'Use one, such as ogbn-arxiv.',
  );
  return { inputs: given.nodes, labels, graph: given.graph };
}

/** Some rows of examples. */
export const rowsOf = ({ inputs, labels, ...rest }: Examples, rows: Tensor): Examples => ({
  ...rest,
  inputs: tf.gather(inputs, rows as Tensor1D),
  labels: tf.gather(labels, rows as Tensor1D),
});

/** Rows per pass without gradients: at most `batch` samples; of nodes all of them, because every pass runs through the whole graph. */
export const rowsPerPass = (network: Network, rows: number, batch: number): number =>
  network.input === 'nodes' ? Math.max(1, rows) : batch;

/** Options of `Network.apply` that come with the data. */
export const withGraph = (graph: Graph | undefined): { graph?: Graph } => (graph === undefined ? {} : { graph });
