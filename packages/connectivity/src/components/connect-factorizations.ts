import { demand } from '@basinlab/core';
import { inverse, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { chainCurve, chainProduct, type Chain } from '../curves/chain-curve.js';
import type { Curve } from '../curves/curve.js';
import { conditionNumber, determinantSign, exponentialFactors, relativeDistance } from '../linear-algebra/index.js';

/** Joins (V, U) to (V', U') through exp(t log g): first layers first. `element` is g with g V = V' and U g^-1 = U'. */
export type FactorizationResult =
  { readonly connected: true; readonly curve: Curve; readonly element: Matrix } | { readonly connected: false; readonly reason: string };

/**
 * Joins two factorisations U V = U' V' of one invertible matrix [n, n] over a hidden space of h >= n units: V [h, n], U [n, h]. With h > n the
 * hidden space splits into the image of V and the kernel of U, and g may turn the kernel's part around: then the sign of its determinant is free,
 * and any two factorisations are connected. With h = n, g is unique and there are two components.
 * @throws BasinlabError where shapes do not fit, the product is singular (then the factorisations may lie on different orbits), or the products differ
 */
export function connectFactorizations(a: Chain, b: Chain): FactorizationResult {
  demand(a.length === 2 && b.length === 2, 'connectFactorizations', 'two layers each', [a.length, b.length]);
  const [n, h] = [a[0]!.columns, a[0]!.rows];
  for (const [v, u] of [a, b] as [Matrix, Matrix][]) {
    const shapes = [v.rows, v.columns, u.rows, u.columns];
    demand(shapes.join() === [h, n, n, h].join(), 'connectFactorizations', `weights [${h}, ${n}] and [${n}, ${h}]`, shapes);
  }
  demand(h >= n, 'connectFactorizations', 'at least as many hidden units as inputs', [h, n]);
  const product = chainProduct(a);
  demand(conditionNumber(product) < 1e12, 'connectFactorizations', 'an invertible product (full-rank data)', 'a singular one');
  const distance = relativeDistance(product, chainProduct(b));
  demand(distance < 1e-8, 'connectFactorizations', 'equal products', `a relative difference of ${distance.toExponential(1)}`);
  const basisA = splitBasis(a);
  const basisB = splitBasis(b);
  let element = basisB.mmul(inverse(basisA));
  if (determinantSign(element) < 0) {
    if (h === n) return { connected: false, reason: 'det g is negative and the hidden space has no unit to spare: different components' };
    basisB.mulColumn(h - 1, -1);
    element = basisB.mmul(inverse(basisA));
  }
  return { connected: true, curve: chainCurve(a, [exponentialFactors(element)]), element };
}

/** Columns: V, then an orthonormal basis of the kernel of U, which the invertible product keeps apart from V's image. */
function splitBasis([v, u]: Chain): Matrix {
  const [h, n] = [v!.rows, v!.columns];
  if (h === n) return v!.clone();
  const kernel = new SingularValueDecomposition(u!.transpose()).leftSingularVectors;
  const full = completed(kernel, h);
  return new Matrix([...v!.transpose().to2DArray(), ...full.slice(n)]).transpose();
}

/** Rows: the columns of a matrix with orthonormal columns, completed to a basis of the whole space by Gram-Schmidt. */
function completed(orthonormal: Matrix, size: number): number[][] {
  const rows = orthonormal.transpose().to2DArray().slice(0, size);
  for (let axis = 0; rows.length < size; axis++) {
    const row = Array.from({ length: size }, (_, i) => (i === axis ? 1 : 0));
    for (const pass of [rows, rows]) {
      for (const other of pass) {
        const share = other.reduce((sum, value, i) => sum + value * row[i]!, 0);
        other.forEach((value, i) => (row[i]! -= share * value));
      }
    }
    const length = Math.hypot(...row);
    if (length > 1e-3) rows.push(row.map((value) => value / length));
  }
  return rows;
}
