import * as tf from '@tensorflow/tfjs-core';
import { elementMatrix, elementSize, type GroupElement, type Tensors } from '@basinlab/core';
import { multiplyTransposed } from '@basinlab/core/linear-algebra';
import { solveAssignment } from '@basinlab/rebasin';
import { nearestRotation } from './nearest-rotation.js';
import { endProducts, layerProducts, residualStack, stackSquares, type StackOptions } from './residual-stack.js';

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
  const { activeTokens, layers } = stacked;
  const squares = await readSquares(a, b, activeTokens);
  let moments: Moments = { products: await readMatrix(() => endProducts(a, b, activeTokens)), squares: squares.ends };
  if (layers) moments = addMoments(moments, { products: await readMatrix(() => layerProducts(a, b)), squares: squares.layers });
  return elementOf(moments, { permutationsOnly, stacks: (of) => tf.tidy(() => of(residualStack(a, stacked), residualStack(b, stacked))) });
}

/** Second moments of two stacks. */
export interface Moments {
  /** Entry (i, j): coordinate i of A with coordinate j of B; [width, width]. */
  readonly products: Float64Array;
  /** Sum of the squares of both. */
  readonly squares: number;
}

/** A matrix on the host, in float64. */
export async function readMatrix(of: () => tf.Tensor2D): Promise<Float64Array> {
  const matrix = tf.tidy(of);
  try {
    return Float64Array.from(await matrix.data());
  } finally {
    matrix.dispose();
  }
}

/** Squares of both stacks' ends and layers, which neither rotations nor permutations change. */
export async function readSquares(a: Tensors, b: Tensors, activeTokens?: ArrayLike<number>): Promise<{ ends: number; layers: number }> {
  const [ends = NaN, layers = NaN] = await readMatrix(() =>
    tf.reshape(tf.add(stackSquares(a, activeTokens), stackSquares(b, activeTokens)), [1, 2]),
  );
  return { ends, layers };
}

/** Those of the rows of both. */
export const addMoments = (one: Moments, other: Moments): Moments => ({
  products: one.products.map((value, at) => value + other.products[at]!),
  squares: one.squares + other.squares,
});

/** Those with a model B that was moved: with x' = x O, products are times O. */
export const moveMoments = ({ products, squares }: Moments, element: GroupElement): Moments => {
  const width = elementSize(element);
  return { products: multiplyTransposed(products, elementMatrix(element), width, width, width), squares };
};

/** Share of the squares below which a distance is what rounding leaves of their difference to the products. */
const CANCELLED = 1e-2;

/** The nearest element by moments, with distances by them; where little is left, by the stacks, which `stacks` brings. */
export async function elementOf(
  moments: Moments,
  options: { readonly permutationsOnly: boolean; stacks(of: (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor): tf.Tensor },
): Promise<ResidualMatching> {
  const { products, squares } = moments;
  const width = Math.sqrt(products.length);
  const element: GroupElement = options.permutationsOnly
    ? { kind: 'permutation', indices: solveAssignment(products, { rows: width, columns: width, maximise: true }).columnOf }
    : { kind: 'orthogonal', size: width, matrix: await nearestRotation(products, width) };
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
