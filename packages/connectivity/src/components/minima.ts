import { childKey, foldIn } from '@basinlab/core/random';
import type { Key } from '@basinlab/core';
import { demand } from '@basinlab/core';
import { inverse, Matrix } from 'ml-matrix';
import { chainProduct, type Chain } from '../curves/chain-curve.js';
import { conditionNumber, demandInvertible, determinantSign, frobenius, randomMatrix } from '../linear-algebra/index.js';

/** A data set for which a deep linear network has zero-loss minima: X, Y [h, h], both invertible. Loss: ||Y - W_l ... W_1 X||^2. */
export interface LinearTask {
  readonly x: Matrix;
  readonly y: Matrix;
}

/** ||Y - W_l ... W_1 X||^2, the squared Frobenius norm. */
export const deepLinearLoss = ({ x, y }: LinearTask, chain: Chain): number => frobenius(Matrix.sub(y, chainProduct(chain).mmul(x))) ** 2;

/**
 * Number of connected components of the set of minima of ||Y - W_l ... W_1 X||^2 over square weights: 2^(l-1), whatever their size, because the set
 * is homeomorphic to GL_h(R)^(l-1) and GL_h(R) has two components. arXiv 2505.23681, corollary 4.2.
 */
export function countComponents(layers: number): number {
  demand(Number.isInteger(layers) && layers > 0, 'countComponents', 'a whole number of layers above 0', layers);
  return 2 ** (layers - 1);
}

/**
 * Which component a minimum lies in: the signs of det W_1, ..., det W_(l-1). The last weight's follows from them.
 * @throws BasinlabError where a weight is not square or singular: such a point is no minimum of invertible data
 */
export function componentLabel(chain: Chain): readonly (-1 | 1)[] {
  return chain.slice(0, -1).map((weight) => {
    demandInvertible('componentLabel', weight, 'invertible weights');
    return determinantSign(weight) as -1 | 1;
  });
}

/** A random minimum: W_1, ..., W_(l-1) with N(0, 1) entries, drawn again while their condition number is above 100, and the last weight solved for. */
export function sampleMinimum({ x, y }: LinearTask, layers: number, key: Key): Chain {
  demandInvertible('sampleMinimum', x, 'an invertible X');
  demandInvertible('sampleMinimum', y, 'an invertible Y');
  demand(layers > 1, 'sampleMinimum', 'two or more layers', layers);
  const free = Array.from({ length: layers - 1 }, (_, layer) => wellConditioned(childKey(key, `layers.${layer}`), x.rows));
  return [...free, y.mmul(inverse(chainProduct(free).mmul(x)))];
}

/** N(0, 1) entries, condition number at most 100. */
export function wellConditioned(key: Key, size: number): Matrix {
  for (let attempt = 0; ; attempt++) {
    const matrix = randomMatrix(foldIn(key, attempt), size, size);
    if (conditionNumber(matrix) < 100) return matrix;
  }
}

/** A random task with invertible X and Y. */
export const sampleTask = (size: number, key: Key): LinearTask => ({
  x: wellConditioned(childKey(key, 'x'), size),
  y: wellConditioned(childKey(key, 'y'), size),
});
