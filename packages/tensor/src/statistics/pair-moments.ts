import * as tf from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { compiled } from '../transforms/index.js';

/**
 * Counts, means and centred second moments of the paired activations of two networks, in float64 on the host. All similarities are
 * functions of these, so that any number of batches is read once each. Batches are merged by the pairwise update of Chan, Golub and
 * LeVeque 1983, which does not cancel where means are large beside deviations. A unit is constant exactly where its squares are 0.
 */
export interface PairMoments {
  readonly rows: number;
  readonly unitsA: number;
  readonly unitsB: number;
  readonly meanA: Float64Array;
  readonly meanB: Float64Array;
  /** Sums over rows of squared deviations from the mean. */
  readonly squaresA: Float64Array;
  readonly squaresB: Float64Array;
  /** Sums over rows of products of deviations, [unitsA, unitsB]. */
  readonly cross: Float64Array;
}

/** Moments of no rows. */
export function emptyPairMoments(unitsA: number, unitsB: number): PairMoments {
  return {
    rows: 0,
    unitsA,
    unitsB,
    meanA: new Float64Array(unitsA),
    meanB: new Float64Array(unitsB),
    squaresA: new Float64Array(unitsA),
    squaresB: new Float64Array(unitsB),
    cross: new Float64Array(unitsA * unitsB),
  };
}

/**
 * Moments of one batch: `a` [..., unitsA] and `b` [..., unitsB] on the same inputs; every axis but the last counts rows (each pixel of a
 * feature map is one). The sums are done on the device.
 * @throws BasinlabError where the two have different rows, or none
 */
export async function pairMoments(a: tf.Tensor, b: tf.Tensor): Promise<PairMoments> {
  const { sums, ...size } = deviceSums(a, b);
  const values = await Promise.all(sums.map(async (sum) => new Float64Array(await sum.data())));
  tf.dispose(sums);
  return momentsFrom(size, values);
}

/** The same, waiting for the device: what the `update` of a metric needs. */
export function pairMomentsSync(a: tf.Tensor, b: tf.Tensor): PairMoments {
  const { sums, ...size } = deviceSums(a, b);
  const values = sums.map((sum) => new Float64Array(sum.dataSync()));
  tf.dispose(sums);
  return momentsFrom(size, values);
}

type Size = Pick<PairMoments, 'rows' | 'unitsA' | 'unitsB'>;

/**
 * The rows that two activations have in common.
 * @throws BasinlabError where they have different ones, or none
 */
export function rowsOf(a: tf.Tensor, b: tf.Tensor): number {
  const rows = a.size / Math.max(a.shape.at(-1) ?? 0, 1);
  demand(rows > 0 && a.shape.slice(0, -1).join() === b.shape.slice(0, -1).join(), 'pairMoments', 'activations on the same rows', [
    a.shape,
    b.shape,
  ]);
  return rows;
}

function deviceSums(a: tf.Tensor, b: tf.Tensor): Size & { sums: tf.Tensor[] } {
  const [unitsA, unitsB] = [a.shape.at(-1) ?? 0, b.shape.at(-1) ?? 0];
  const rows = rowsOf(a, b);
  const flatA = tf.reshape(a, [rows, unitsA]);
  const flatB = tf.reshape(b, [rows, unitsB]);
  const sums = compiled(batchMoments, { name: 'pair-moments' })(flatA, flatB);
  tf.dispose([flatA, flatB]);
  return { rows, unitsA, unitsB, sums };
}

function momentsFrom(size: Size, values: readonly Float64Array[]): PairMoments {
  const [shiftA, shiftB, offsetA, offsetB, squaresA, squaresB, cross] = values;
  return {
    ...size,
    meanA: shiftA!.map((shift, i) => shift + offsetA![i]!),
    meanB: shiftB!.map((shift, i) => shift + offsetB![i]!),
    squaresA: squaresA!,
    squaresB: squaresB!,
    cross: cross!,
  };
}

/** Moments of the rows of both. */
export function mergePairMoments(x: PairMoments, y: PairMoments): PairMoments {
  demand(x.unitsA === y.unitsA && x.unitsB === y.unitsB, 'pairMoments', `units ${x.unitsA} and ${x.unitsB} in every batch`, [
    y.unitsA,
    y.unitsB,
  ]);
  if (x.rows === 0) return y;
  if (y.rows === 0) return x;
  const rows = x.rows + y.rows;
  const weight = (x.rows * y.rows) / rows;
  const shiftA = y.meanA.map((mean, i) => mean - x.meanA[i]!);
  const shiftB = y.meanB.map((mean, i) => mean - x.meanB[i]!);
  const cross = x.cross.slice();
  for (let i = 0, k = 0; i < x.unitsA; i++) {
    const factor = weight * shiftA[i]!;
    for (let j = 0; j < x.unitsB; j++, k++) cross[k] = cross[k]! + y.cross[k]! + factor * shiftB[j]!;
  }
  return {
    rows,
    unitsA: x.unitsA,
    unitsB: x.unitsB,
    meanA: x.meanA.map((mean, i) => mean + (shiftA[i]! * y.rows) / rows),
    meanB: x.meanB.map((mean, i) => mean + (shiftB[i]! * y.rows) / rows),
    squaresA: x.squaresA.map((square, i) => square + y.squaresA[i]! + weight * shiftA[i]! ** 2),
    squaresB: x.squaresB.map((square, i) => square + y.squaresB[i]! + weight * shiftB[i]! ** 2),
    cross,
  };
}

/** First rows, means less those and sums of squares of both, each as a row, then the products: of rows [rows, units], inside compiled functions. */
export const batchMoments = (a: tf.Tensor, b: tf.Tensor): tf.Tensor[] => {
  const [x, y] = [centred(a), centred(b)];
  return [
    x.shift,
    y.shift,
    x.offset,
    y.offset,
    x.squares,
    y.squares,
    tf.matMul(x.deviations as tf.Tensor2D, y.deviations as tf.Tensor2D, true),
  ];
};

/** Starting from the first row makes the deviations of a constant unit exactly 0, whatever rounding the mean of the rest meets. */
function centred(x: tf.Tensor): Record<'shift' | 'offset' | 'squares' | 'deviations', tf.Tensor> {
  const shift = tf.slice(x, [0, 0], [1, x.shape[1]!]);
  const shifted = tf.sub(x, shift);
  const offset = tf.mean(shifted, 0, true);
  const deviations = tf.sub(shifted, offset);
  return { shift, offset, deviations, squares: tf.sum(tf.square(deviations), 0) };
}
