import * as tf from '@tensorflow/tfjs-core';
import { compiled, demand } from '@basinlab/tensor';
import { multiplyTransposed, transposed } from '@basinlab/tensor/linear-algebra';

/** Count, mean and centred second moments of the inputs of a layer, in float64 on the host: all that principal directions depend on. */
export interface InputMoments {
  readonly rows: number;
  readonly units: number;
  readonly mean: Float64Array;
  /** Sums over rows of products of deviations from the mean, [units, units] row-major. */
  readonly scatter: Float64Array;
}

/** Precision of the sums. */
export interface InputMomentsOptions {
  /**
   * Where products are summed: `float32` on the device, in pieces of 2,500 rows added up in float64; `float64` on the host, which takes about a
   * second per 10^9 products. `auto` (the default) takes the host while rows * units^2 is at most 10^8.
   */
  readonly precision?: 'auto' | 'float32' | 'float64';
}

const PIECE = 2500;
const HOST_PRODUCTS = 1e8;

/** Moments of no rows. */
export const emptyInputMoments = (units: number): InputMoments => ({
  rows: 0,
  units,
  mean: new Float64Array(units),
  scatter: new Float64Array(units * units),
});

/**
 * Moments of inputs [..., units]; every axis but the last counts rows.
 * @throws BasinlabError where there are no rows
 */
export async function inputMoments(x: tf.Tensor, options: InputMomentsOptions = {}): Promise<InputMoments> {
  const { tensors, finish } = prepare(x, options);
  const moments = finish(await Promise.all(tensors.map((tensor) => tensor.data())));
  tf.dispose(tensors);
  return moments;
}

/** The same, waiting for the device: what the `update` of a metric needs. */
export function inputMomentsSync(x: tf.Tensor, options: InputMomentsOptions = {}): InputMoments {
  const { tensors, finish } = prepare(x, options);
  const moments = finish(tensors.map((tensor) => tensor.dataSync()));
  tf.dispose(tensors);
  return moments;
}

/** Moments of the rows of both, without cancellation (Chan, Golub and LeVeque 1983). */
export function mergeInputMoments(x: InputMoments, y: InputMoments): InputMoments {
  demand(x.units === y.units, 'input-subspace', `${x.units} units in every batch`, y.units);
  if (x.rows === 0) return y;
  if (y.rows === 0) return x;
  return addTo({ ...x, mean: x.mean.slice(), scatter: x.scatter.slice() }, y);
}

/** `x`, whose arrays take up the rows of `y`. */
function addTo(x: InputMoments, y: Omit<InputMoments, 'scatter'> & { readonly scatter: ArrayLike<number> }): InputMoments {
  const { units, mean, scatter } = x;
  const rows = x.rows + y.rows;
  const shift = y.mean.map((value, i) => value - mean[i]!);
  for (let i = 0, at = 0; i < units; i++) {
    const factor = ((x.rows * y.rows) / rows) * shift[i]!;
    for (let j = 0; j < units; j++, at++) scatter[at] = scatter[at]! + y.scatter[at]! + factor * shift[j]!;
  }
  for (let i = 0; i < units; i++) mean[i]! += (shift[i]! * y.rows) / rows;
  return { rows, units, mean, scatter };
}

interface Prepared {
  readonly tensors: tf.Tensor[];
  finish(values: readonly ArrayLike<number>[]): InputMoments;
}

function prepare(x: tf.Tensor, { precision = 'auto' }: InputMomentsOptions): Prepared {
  const units = x.shape.at(-1) ?? 0;
  const rows = x.size / Math.max(units, 1);
  demand(rows > 0, 'input-subspace', 'activations of at least one row', x.shape);
  const onHost = precision === 'float64' || (precision === 'auto' && rows * units ** 2 <= HOST_PRODUCTS);
  if (onHost) return { tensors: [tf.clone(x)], finish: ([values]) => hostMoments(values!, rows, units) };
  const flat = tf.reshape(x, [rows, units]);
  const tensors: tf.Tensor[] = [];
  for (let from = 0; from < rows; from += PIECE) {
    const piece = tf.slice(flat, [from, 0], [Math.min(PIECE, rows - from), units]);
    tensors.push(...compiled(sumsOf, { name: 'input-moments' })(piece));
    piece.dispose();
  }
  flat.dispose();
  return {
    tensors,
    finish(values) {
      let moments = emptyInputMoments(units);
      for (let at = 0, from = 0; from < rows; at += 3, from += PIECE) {
        const [shift, offset, scatter] = values.slice(at, at + 3);
        const mean = Float64Array.from(shift!, (value, i) => value + offset![i]!);
        moments = addTo(moments, { rows: Math.min(PIECE, rows - from), units, mean, scatter: scatter! });
      }
      return moments;
    },
  };
}

function hostMoments(values: ArrayLike<number>, rows: number, units: number): InputMoments {
  const mean = new Float64Array(units);
  for (let row = 0, at = 0; row < rows; row++) for (let i = 0; i < units; i++, at++) mean[i]! += values[at]! / rows;
  const columns = transposed(values, rows, units);
  for (let i = 0, at = 0; i < units; i++) for (let row = 0; row < rows; row++, at++) columns[at]! -= mean[i]!;
  return { rows, units, mean, scatter: multiplyTransposed(columns, columns, units, units, rows) };
}

/** Starting from the first row makes the deviations of a constant unit exactly 0, whatever rounding the mean of the rest meets. */
const sumsOf = (x: tf.Tensor): tf.Tensor[] => {
  const shift = tf.slice(x, [0, 0], [1, x.shape[1]!]);
  const shifted = tf.sub(x, shift);
  const offset = tf.mean(shifted, 0, true);
  const deviations = tf.sub(shifted, offset) as tf.Tensor2D;
  return [shift, offset, tf.matMul(deviations, deviations, true)];
};
