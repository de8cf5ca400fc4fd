import { demand, evenly } from '@basinlab/core';
import { inverse, Matrix } from 'ml-matrix';
import { actOnChain, chainAt, chainCurve, chainProduct, type Chain, type ChainElement } from '../curves/chain-curve.js';
import type { Curve } from '../curves/curve.js';
import { demandInvertible, determinantSign, exponentialFactors, relativeDistance } from '../linear-algebra/index.js';

/** A way between two minima of a deep linear network. */
export interface Connection {
  /** Curve of constant loss from `start` to the target. */
  readonly curve: Curve;
  /** Where the curve begins: the first chain, with the units of some hidden spaces permuted where that was needed. */
  readonly start: Chain;
  /** Per hidden space the permutation that was applied first (new[i] = old[indices[i]]), null where none was needed. */
  readonly permutations: readonly (Int32Array | null)[];
  /** The group element that the curve follows, g.start = target. */
  readonly element: ChainElement;
  /**
   * Loss along the curve for a loss that is least for this product, ||W_l ... W_1 - A||^2 / ||A||^2 with A the product at the start: rounding, unless an
   * element is badly conditioned.
   */
  readonly losses: readonly { readonly t: number; readonly loss: number }[];
}

/** A path of constant product between two minima, or why there is none. */
export type ConnectResult = ({ readonly connected: true } & Connection) | { readonly connected: false; readonly reason: string };

/** Whether units may be permuted, and how closely the path is looked at. */
export interface ConnectOptions {
  /** Whether units may be permuted before the curve begins. Default true; false asks whether the minima lie in one component. */
  readonly permute?: boolean;
  /** Evenly spaced points at which the product is compared with that at the start. Default 9; 0 for none. */
  readonly points?: number;
}

/** Products of chains that differ by more than this, relative, are different functions. */
const sameFunction = 1e-8;

/**
 * Joins two chains of invertible square weights with the same product by a curve on which the product is constant, exp(t log g).a with g.a = b.
 * Where the determinant of an element is negative the two lie in different components: a transposition of two units in that hidden space, which
 * does not change the function either, leads to the right one (arXiv 2505.23681, proposition 5.2). With one unit there is none.
 * @throws BasinlabError where the chains have different shapes, weights that are not square or singular, or different products
 */
export function connect(a: Chain, b: Chain, { permute = true, points = 9 }: ConnectOptions = {}): ConnectResult {
  const h = demandSquareChains(a, b);
  const element = between(a, b);
  const flipped = element.map((g) => determinantSign(g) < 0);
  if (flipped.includes(true) && !(permute && h > 1)) {
    const spaces = flipped.flatMap((is, space) => (is ? [space] : [])).join(', ');
    const remedy = permute ? 'with one unit there is nothing to permute' : 'a permutation of two units would lead there';
    return { connected: false, reason: `the determinants of hidden space ${spaces} have opposite signs: different components; ${remedy}` };
  }
  const permutations = flipped.map((is) => (is ? transposition(h) : null));
  const swaps = permutations.map((indices) => (indices === null ? Matrix.eye(h) : permutationMatrix(indices)));
  const start = actOnChain(
    a,
    swaps,
    swaps.map((swap) => swap.transpose()),
  );
  const onward = element.map((g, space) => g.mmul(swaps[space]!.transpose()));
  const curve = chainCurve(start, onward.map(exponentialFactors));
  const product = chainProduct(start);
  const lossAt = (t: number): number => relativeDistance(chainProduct(chainAt(curve.at(t), start)), product) ** 2;
  const losses = evenly(points).map((t) => ({ t, loss: lossAt(t) }));
  return { connected: true, curve, start, permutations, element: onward, losses };
}

/**
 * The element g with g.a = b: g_i = (b_i ... b_1)(a_i ... a_1)^-1. It is unique.
 * @throws BasinlabError as {@link connect}
 */
export function elementBetween(a: Chain, b: Chain): ChainElement {
  demandSquareChains(a, b);
  return between(a, b);
}

function between(a: Chain, b: Chain): ChainElement {
  const element: Matrix[] = [];
  for (let space = 0; space < a.length - 1; space++) {
    element.push(chainProduct(b.slice(0, space + 1)).mmul(inverse(chainProduct(a.slice(0, space + 1)))));
  }
  return element;
}

function demandSquareChains(a: Chain, b: Chain): number {
  demand(a.length > 1, 'connect', 'chains of two or more weights', a.length);
  demand(b.length === a.length, 'connect', `chains of equal length ${a.length}`, b.length);
  const h = a[0]!.rows;
  for (const weight of [...a, ...b]) {
    demand(
      weight.rows === h && weight.columns === h,
      'connect',
      `square weights, all [${h}, ${h}]`,
      [weight.rows, weight.columns],
      'For a wider hidden space see connectFactorizations.',
    );
    demandInvertible('connect', weight, 'invertible weights (the minimum is one orbit for full-rank data only)');
  }
  const distance = relativeDistance(chainProduct(a), chainProduct(b));
  demand(
    distance < sameFunction,
    'connect',
    'chains with equal products (both minima of one loss)',
    `a relative difference of ${distance.toExponential(1)}`,
  );
  return h;
}

function transposition(units: number): Int32Array {
  const indices = Int32Array.from({ length: units }, (_, i) => i);
  [indices[0], indices[1]] = [1, 0];
  return indices;
}

/** P with (P W)[i] = W[indices[i]]. */
function permutationMatrix(indices: Int32Array): Matrix {
  const matrix = Matrix.zeros(indices.length, indices.length);
  indices.forEach((from, to) => matrix.set(to, from, 1));
  return matrix;
}
