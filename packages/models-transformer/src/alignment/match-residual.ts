import * as tf from '@tensorflow/tfjs-core';
import { elementMatrix, type GroupElement, type Tensors } from '@basinlab/core';
import { multiplyTransposed, polarFactor } from '@basinlab/core/linear-algebra';
import { solveAssignment } from '@basinlab/rebasin';
import { endMoments, layerMoments, residualStack, type StackMoments, type StackOptions } from './residual-stack.js';

/** What moves one residual stream onto another. */
export interface ResidualMatching {
  readonly element: GroupElement;
  /** Frobenius distance of the stacks without it. */
  readonly before: number;
  /** The same with it. */
  readonly after: number;
}

/** The rotation, or the permutation, that brings what reads and writes the residual stream of `b` closest to that of `a`; see {@link residualStack}. */
export async function matchResidual(
  a: Tensors,
  b: Tensors,
  { permutationsOnly = false, ...stacked }: StackOptions & { readonly permutationsOnly?: boolean },
): Promise<ResidualMatching> {
  const ends = await readMoments(() => endMoments(a, b, stacked.activeTokens));
  const moments = stacked.layers ? addMoments(ends, await readMoments(() => layerMoments(a, b))) : ends;
  return elementOf(moments, { permutationsOnly, stacks: (of) => tf.tidy(() => of(residualStack(a, stacked), residualStack(b, stacked))) });
}

/** {@link StackMoments} on the host, in float64. */
export interface Moments {
  /** [width, width]. */
  readonly products: Float64Array;
  /** Sum of squares of both stacks. */
  readonly squares: number;
  readonly width: number;
}

/** Brings moments to the host. */
export async function readMoments(of: () => StackMoments): Promise<Moments> {
  const { products, squares } = tf.tidy(of);
  try {
    const [between, [ofA = NaN, ofB = NaN]] = await Promise.all([products.data(), squares.data()]);
    return { products: Float64Array.from(between), squares: ofA + ofB, width: products.shape[0] };
  } finally {
    tf.dispose([products, squares]);
  }
}

/** Those of the rows of both. */
export const addMoments = (one: Moments, other: Moments): Moments => ({
  ...one,
  products: one.products.map((value, at) => value + other.products[at]!),
  squares: one.squares + other.squares,
});

/** Those with a model B that was moved: with x' = x O, products are times O. */
export const moveMoments = ({ products, squares, width }: Moments, element: GroupElement): Moments => ({
  products: multiplyTransposed(products, elementMatrix(element), width, width, width),
  squares,
  width,
});

/** Share of the squares below which a distance is what rounding leaves of their difference to the products. */
const CANCELLED = 1e-2;

/** The nearest element by moments, with distances by them; where little is left, by the stacks, which `stacks` brings. */
export async function elementOf(
  moments: Moments,
  options: { readonly permutationsOnly: boolean; stacks(of: (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor): tf.Tensor },
): Promise<ResidualMatching> {
  const { products, squares, width } = moments;
  const element: GroupElement = options.permutationsOnly
    ? { kind: 'permutation', indices: solveAssignment(products, { rows: width, columns: width, maximise: true }).columnOf }
    : { kind: 'orthogonal', size: width, matrix: polarFactor(products, width).factor };
  const [trace, moved] = traces(products, elementMatrix(element), width);
  const [before, after] = [squares - 2 * trace, squares - 2 * moved];
  if (after > CANCELLED * squares) return { element, before: Math.sqrt(before), after: Math.sqrt(after) };
  const distances = options.stacks((x, y) => {
    const matrix = tf.tensor2d(Float32Array.from(elementMatrix(element)), [width, width]);
    const to = (other: tf.Tensor): tf.Tensor => tf.norm(tf.sub(x, other));
    return tf.stack([to(y), to(tf.matMul(y, matrix, false, true))]);
  });
  const [first = NaN, second = NaN] = await distances.data();
  distances.dispose();
  return { element, before: first, after: second };
}

/** Inner products of a matrix with the identity and with another. */
function traces(products: Float64Array, matrix: ArrayLike<number>, width: number): [number, number] {
  let [trace, inner] = [0, 0];
  for (let i = 0; i < width; i++) trace += products[i * (width + 1)]!;
  for (let at = 0; at < products.length; at++) inner += products[at]! * matrix[at]!;
  return [trace, inner];
}
