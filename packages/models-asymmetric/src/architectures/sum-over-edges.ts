import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { scan, scatterAdd, withGradient } from '@basinlab/core';
import type { Graph } from '@basinlab/core';

/**
 * Edges per turn of the loop. A block of rows stays in cache between its gather and its sum: on 170,000 nodes, 1.2 million edges and 256 units
 * blocks of 1,000 to 10,000 take half the time of all edges at once, and a third of the memory.
 */
const block = 8192;

/**
 * y[to[e]] += x[from[e]] for every edge e: `x` [nodes, units], `from` and `to` int32 [edges] -> [nodes, units]. The gradient is the same sum
 * over the reversed edges; neither keeps anything of the size of edges times units.
 */
export function sumOverEdges(x: Tensor, from: Tensor, to: Tensor): Tensor {
  return withGradient(
    [x],
    (save) => {
      save(from, to);
      return inBlocks(x, from, to);
    },
    (dy, [sources, targets]) => [sumOverEdges(dy, targets!, sources!)],
  );
}

function inBlocks(x: Tensor, from: Tensor, to: Tensor): Tensor {
  const add = (sum: Tensor, sources: Tensor, targets: Tensor): Tensor => scatterAdd(sum, targets, tf.gather(x, sources as Tensor1D));
  const blocks = Math.floor(from.size / block);
  const whole = blocks * block;
  let sum: Tensor = tf.zeros(x.shape);
  if (blocks > 0) {
    const turns = (edges: Tensor): Tensor => tf.reshape(tf.slice(edges, 0, whole), [blocks, block]);
    const turn = (carry: Tensor, edges: { from: Tensor; to: Tensor }): [Tensor, Tensor[]] => [add(carry, edges.from, edges.to), []];
    [sum] = scan(turn, sum, { from: turns(from), to: turns(to) });
  }
  return whole === from.size ? sum : add(sum, tf.slice(from, whole), tf.slice(to, whole));
}

/** Mean of the rows of each node's neighbours, 0 for a node without: `x` [nodes, units] -> [nodes, units]. */
export function neighbourMean(x: Tensor, { sources, targets, degrees }: Graph): Tensor {
  const share = tf.reciprocal(tf.maximum(degrees, 1));
  return tf.mul(sumOverEdges(x, sources, targets), tf.expandDims(share, 1));
}
