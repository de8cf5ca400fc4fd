import { demand } from '@basinlab/core';
import { Matrix } from 'ml-matrix';
import type { ExponentialFactors } from '../linear-algebra/index.js';
import type { Curve, Point } from './curve.js';
import { flow, inverseFlow, multiply, still, type Jet } from './jet.js';

// A chain of linear maps W_l ... W_1 does not change under g.(W_1, ..., W_l) = (g_1 W_1, g_2 W_2 g_1^-1, ..., W_l g_(l-1)^-1). The curve
// exp(t log g).W stays where the product, and so the loss, is what it was (arXiv 2505.23681, sections 4 and 6). A pair of layers (V, U) with
// the product U V is the chain of two; attention's query and key, value and output are such pairs.

/** Weights of a chain, first layer first: W_1 [h_1, h_0], ..., W_l [h_l, h_(l-1)]. */
export type Chain = readonly Matrix[];

/** One group element per hidden space, the one after W_1 first. */
export type ChainElement = readonly Matrix[];

/** Name of layer i (from 0) of a chain in a point. */
export const layerName = (layer: number): string => `layers.${layer}.weight`;

/** W_l ... W_1 [h_l, h_0]. */
export const chainProduct = (chain: Chain): Matrix => chain.reduce((product, weight) => weight.mmul(product));

/** g.(W_1, ..., W_l), with the inverses of g given. */
export function actOnChain(chain: Chain, element: ChainElement, inverses: ChainElement): Chain {
  return chain.map((weight, layer) => {
    const left = element[layer];
    const right = inverses[layer - 1];
    const moved = left === undefined ? weight : left.mmul(weight);
    return right === undefined ? moved.clone() : moved.mmul(right);
  });
}

/** The chain as a point of parameter space. */
export const pointOfChain = (chain: Chain): Point =>
  Object.fromEntries(chain.map((weight, layer) => [layerName(layer), Float64Array.from(weight.to1DArray())]));

/** The chain at a point, shapes as in `like`. */
export const chainAt = (point: Point, like: Chain): Chain =>
  like.map((weight, layer) => Matrix.from1DArray(weight.rows, weight.columns, Array.from(point[layerName(layer)]!)));

/**
 * The symmetry-induced curve from `chain` to g.chain, where the element of hidden space i is the product of exponentials of `factors[i]` and null
 * leaves a space as it is. The product of the chain is constant along it.
 * @throws BasinlabError where factors do not fit the chain
 */
export function chainCurve(chain: Chain, factors: readonly (ExponentialFactors | null)[]): Curve {
  demand(factors.length === chain.length - 1, 'chainCurve', `${chain.length - 1} elements, one per hidden space`, factors.length);
  factors.forEach((own, space) =>
    own?.forEach((m) =>
      demand(
        m.rows === chain[space]!.rows && m.columns === m.rows,
        'chainCurve',
        `an element of size ${chain[space]!.rows} for hidden space ${space}`,
        [m.rows, m.columns],
      ),
    ),
  );
  const jets = (t: number): Jet[] => {
    const forward = factors.map((own) => own && flow(own, t));
    const backward = factors.map((own) => own && inverseFlow(own, t));
    return chain.map((weight, layer) => {
      const [left, right] = [forward[layer], backward[layer - 1]];
      const moved = left ? multiply(left, still(weight)) : still(weight);
      return right ? multiply(moved, right) : moved;
    });
  };
  const point = (all: readonly Jet[], part: keyof Jet): Point => pointOfChain(all.map((jet) => jet[part]));
  return {
    at: (t) => point(jets(t), 'value'),
    motion: (t) => {
      const all = jets(t);
      return { position: point(all, 'value'), velocity: point(all, 'first'), acceleration: point(all, 'second') };
    },
  };
}
