import * as tf from '@tensorflow/tfjs-core';
import type { Graph } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';

const key = keyFromSeed(77);

/** A graph of random directed edges without order, normal features, and a last node without neighbours. */
export function randomGraph({ nodes, edges, features }: { nodes: number; edges: number; features: number }): Graph {
  const [from, to] = ['from', 'to'].map((side) => randomInt(childKey(key, side), edges, 0, nodes - 1));
  const order = Array.from({ length: edges }, (_, e) => e).sort((a, b) => to![a]! - to![b]! || from![a]! - from![b]!);
  const degrees = new Float32Array(nodes);
  for (const target of to!) degrees[target]!++;
  const offsets = new Int32Array(nodes + 1);
  degrees.forEach((degree, node) => (offsets[node + 1] = offsets[node]! + degree));
  return {
    features: tf.tensor2d(normal(childKey(key, 'features'), nodes * features), [nodes, features]),
    sources: tf.tensor1d(Int32Array.from(order, (e) => from![e]!)),
    targets: tf.tensor1d(Int32Array.from(order, (e) => to![e]!)),
    offsets: tf.tensor1d(offsets),
    degrees: tf.tensor1d(degrees),
  };
}

/** The mean over neighbours as a matrix [nodes, nodes]. */
export function denseMean({ sources, targets, degrees }: Graph): tf.Tensor2D {
  const [from, to, counts, nodes] = [sources.dataSync(), targets.dataSync(), degrees.dataSync(), degrees.size];
  const weights = new Float32Array(nodes * nodes);
  to.forEach((target, e) => (weights[target * nodes + from[e]!]! += 1 / counts[target]!));
  return tf.tensor2d(weights, [nodes, nodes]);
}
