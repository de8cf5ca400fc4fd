import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, Network, Tensors, Variables } from '../contracts/index.js';
import { demand } from '../errors.js';
import { jit, map } from '../transforms/index.js';
import { batchesOf } from './batches.js';
import { rowsPerPass, withGraph } from './examples.js';
import type { NetworkInputs } from './examples.js';

// Running statistics belong to the weights that produced them. After interpolating or permuting weights they are stale, and BatchNorm networks
// lose their function; computing them anew from data brings it back (the reset of REPAIR, Jordan et al. 2023, arXiv 2211.08403, section 3).

/** Batches and graph of the pass over the data. */
export interface RecomputeOptions {
  /** Rows per batch. Default 1000. Networks on nodes take all rows at once. */
  batch?: number;
  /** Needed by networks on nodes. */
  graph?: Graph | undefined;
}

/**
 * The state of a network with its running statistics computed from data: the unweighted mean over batches, in training mode, of what each batch
 * shows; for BatchNorm the mean of batch means and of unbiased batch variances, as torch's cumulative average (momentum None) gives. Entries
 * without momentum stay. A last batch of a single row is left out where there are others: it has no variance. For use inside a compiled
 * function.
 */
export function recomputedState(
  network: Network,
  variables: Variables,
  { inputs, graph }: NetworkInputs,
  { batch = 1000 }: { batch?: number } = {},
): Tensors {
  const names = network.state.flatMap(({ name, momentum }) => (momentum === undefined ? [] : [name]));
  if (names.length === 0) return variables.state;
  const samples = inputs.shape[0]!;
  demand(samples > 0, 'recomputeStatistics', 'at least one sample', samples);
  const of = (x: Tensor): Tensors => {
    const { state } = network.apply(variables, x, { training: true, statistics: 'batch', ...withGraph(graph) });
    return Object.fromEntries(names.map((name) => [name, state[name]!]));
  };
  const rows = rowsPerPass(network, samples, batch);
  const { full, rest } = batchesOf(samples, rows);
  const parts: Tensors[] = [];
  if (full > 0) {
    const whole = rest === 0 ? inputs : tf.slice(inputs, 0, full * rows);
    parts.push(map(of, tf.reshape(whole, [full, rows, ...inputs.shape.slice(1)])));
  }
  if (rest > 1 || full === 0) parts.push(mapEach(of(tf.slice(inputs, full * rows)), (x) => tf.expandDims(x, 0)));
  const means = names.map((name) => [name, tf.mean(tf.concat(parts.map((part) => part[name]!)), 0)] as const);
  return { ...variables.state, ...Object.fromEntries(means) };
}

/** A model with its running statistics computed from `inputs` (see {@link recomputedState}); state of its own, which the caller disposes. */
export function recomputeStatistics(
  network: Network,
  variables: Variables,
  inputs: Tensor,
  { graph, ...options }: RecomputeOptions = {},
): Variables {
  const program = jit((model: Variables, data: NetworkInputs): Tensors => recomputedState(network, model, data, options), {
    name: 'recompute-statistics',
  });
  try {
    return { ...variables, state: program(variables, { inputs, ...withGraph(graph) }) };
  } finally {
    program.dispose();
  }
}

const mapEach = (tensors: Tensors, f: (x: Tensor) => Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, f(x)]));
