import { demand } from '@basinlab/core';
import { foldIn, uniform, type Key } from '@basinlab/core/random';
import * as tf from '@tensorflow/tfjs-core';

/** Rows put together. */
export interface Clusters {
  /** Cluster of every row, from 0; each of the clusters has at least one. */
  readonly of: Int32Array;
  /** Sum of squared distances to the means. */
  readonly cost: number;
}

/** Rounds at most. */
const mostRounds = 50;

/**
 * k-means of rows [rows, width]: starts by k-means++ (Arthur and Vassilvitskii 2007), then rounds of Lloyd's until nothing changes; a cluster that loses all its rows
 * takes the row that is farthest from its own mean. Products run on the device.
 * @throws BasinlabError unless there are at least as many rows as clusters, of which there is at least one
 */
export async function kMeans(rows: Float32Array, width: number, clusters: number, key: Key): Promise<Clusters> {
  const count = rows.length / width;
  demand(clusters >= 1 && clusters <= count, 'kMeans', `1 to ${count} clusters`, clusters);
  const points = tf.tensor2d(rows, [count, width]);
  const squares = Float64Array.from({ length: count }, (_, row) => squareOf(rows, width, row));
  try {
    let means = await firstMeans(rows, width, clusters, key);
    let of = new Int32Array(count).fill(-1);
    let cost = Infinity;
    for (let round = 0; round < mostRounds; round++) {
      const products = tf.tidy(() => tf.matMul(points, tf.tensor2d(means, [clusters, width]), false, true));
      const values = (await products.data()) as Float32Array;
      products.dispose();
      const lengths = Float64Array.from({ length: clusters }, (_, cluster) => squareOf(means, width, cluster));
      const next = new Int32Array(count);
      const distances = new Float64Array(count);
      for (let row = 0; row < count; row++) {
        let [best, least] = [0, Infinity];
        for (let cluster = 0; cluster < clusters; cluster++) {
          const distance = squares[row]! - 2 * values[row * clusters + cluster]! + lengths[cluster]!;
          if (distance < least) [best, least] = [cluster, distance];
        }
        next[row] = best;
        distances[row] = Math.max(0, least);
      }
      fillEmpty(next, distances, clusters);
      const isSame = next.every((cluster, row) => cluster === of[row]);
      of = next;
      cost = distances.reduce((sum, distance) => sum + distance, 0);
      if (isSame) break;
      means = meansOf(rows, width, of, clusters);
    }
    return { of, cost };
  } finally {
    points.dispose();
  }
}

const squareOf = (rows: Float32Array, width: number, row: number): number => {
  let sum = 0;
  for (let at = row * width; at < (row + 1) * width; at++) sum += rows[at]! ** 2;
  return sum;
};

/** Rows drawn one after the other, each with a probability in proportion to its squared distance to the nearest of those before. */
async function firstMeans(rows: Float32Array, width: number, clusters: number, key: Key): Promise<Float32Array> {
  const count = rows.length / width;
  const means = new Float32Array(clusters * width);
  const nearest = new Float64Array(count).fill(Infinity);
  const points = tf.tensor2d(rows, [count, width]);
  let chosen = Math.min(count - 1, Math.floor(uniform(foldIn(key, 0), 1)[0]! * count));
  for (let cluster = 0; ; cluster++) {
    const mean = rows.subarray(chosen * width, (chosen + 1) * width);
    means.set(mean, cluster * width);
    if (cluster + 1 === clusters) break;
    const squared = tf.tidy(() => tf.sum(tf.square(tf.sub(points, tf.tensor2d(mean, [1, width]))), 1));
    const distances = await squared.data();
    squared.dispose();
    let total = 0;
    for (let row = 0; row < count; row++) total += nearest[row] = Math.min(nearest[row]!, distances[row]!);
    let left = uniform(foldIn(key, cluster + 1), 1)[0]! * total;
    chosen = nearest.findIndex((distance) => distance > 0 && (left -= distance) <= 0);
    // Only copies of what was chosen are left.
    if (chosen === -1) chosen = cluster + 1;
  }
  points.dispose();
  return means;
}

function meansOf(rows: Float32Array, width: number, of: Int32Array, clusters: number): Float32Array {
  const [sums, counts] = [new Float64Array(clusters * width), new Int32Array(clusters)];
  of.forEach((cluster, row) => {
    counts[cluster]!++;
    for (let at = 0; at < width; at++) sums[cluster * width + at]! += rows[row * width + at]!;
  });
  return Float32Array.from(sums, (sum, at) => sum / counts[Math.floor(at / width)]!);
}

/** Gives every cluster without a row the one that is farthest from its mean, of those that share one. */
function fillEmpty(of: Int32Array, distances: Float64Array, clusters: number): void {
  const counts = new Int32Array(clusters);
  of.forEach((cluster) => counts[cluster]!++);
  for (let cluster = 0; cluster < clusters; cluster++) {
    if (counts[cluster]! > 0) continue;
    let farthest = -1;
    of.forEach((own, row) => {
      if (counts[own]! > 1 && (farthest === -1 || distances[row]! > distances[farthest]!)) farthest = row;
    });
    counts[of[farthest]!]!--;
    of[farthest] = cluster;
    counts[cluster] = 1;
    distances[farthest] = 0;
  }
}
