import type { Graph, Network, Split } from '@basinlab/core';
import { examplesOf, withGraph, type NetworkInputs } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';

/** The first rows of a split, on which it is checked that a symmetry keeps the network's function; the caller disposes the inputs. */
export function probeOf(network: Network, split: Split, graph: Graph | undefined, rows = 64): NetworkInputs {
  const { inputs } = examplesOf(network, split, graph);
  return { inputs: tf.slice(inputs, 0, Math.min(rows, inputs.shape[0]!)), ...withGraph(graph) };
}
