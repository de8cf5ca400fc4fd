import { demand } from '@basinlab/core';
import { Matrix } from 'ml-matrix';
import { chainAt, pointOfChain, type Chain } from '../curves/chain-curve.js';
import { straightLine } from '../curves/curve.js';

// A network W_l s(W_(l-1) s(... W_1 X)) with s(c z) = c^k s(z) for c > 0 computes the same with (W_l c^-k, c W_(l-1)). Between the two, linear
// interpolation multiplies the output, and the loss on the straight line has no bound (arXiv 2505.23681, propositions 5.3 to 5.5).

/** An element-wise function with s(c z) = c^degree s(z) for every c > 0. */
export interface HomogeneousActivation {
  readonly degree: number;
  apply(z: number): number;
}

/** max(z, 0)^degree. */
export const rectifiedPower = (degree = 1): HomogeneousActivation => ({ degree, apply: (z) => Math.max(z, 0) ** degree });
/** z above 0, slope * z below. */
export const leakyRelu = (slope = 0.01): HomogeneousActivation => ({ degree: 1, apply: (z) => (z > 0 ? z : slope * z) });

/** W_l s(... s(W_1 X)), [outputs, batch]; samples are columns. */
export function forward(chain: Chain, x: Matrix, activation: HomogeneousActivation): Matrix {
  return chain.reduce((h, weight, layer) => {
    const z = weight.mmul(h);
    return layer === chain.length - 1 ? z : new Matrix(z.to2DArray().map((row) => row.map((value) => activation.apply(value))));
  }, x);
}

/** The same function: the weight of `layer` (from 0; default the last but one) times c, the next one divided by c^k. */
export function rescale(chain: Chain, c: number, degree: number, layer = chain.length - 2): Chain {
  demand(c > 0 && Number.isFinite(c), 'rescale', 'a positive factor', c);
  demand(
    Number.isInteger(layer) && layer >= 0 && layer < chain.length - 1,
    'rescale',
    `a hidden layer from 0 to ${chain.length - 2}`,
    layer,
  );
  return chain.map((weight, at) =>
    at === layer ? Matrix.mul(weight, c) : at === layer + 1 ? Matrix.div(weight, c ** degree) : weight.clone(),
  );
}

/** The chain at t on the straight line from `a` to `b`. */
export const interpolateChains = (a: Chain, b: Chain, t: number): Chain => chainAt(straightLine(pointOfChain(a), pointOfChain(b)).at(t), a);

/**
 * Loss on the straight line from a zero-loss minimum to its rescaled self, in units of ||Y||^2: (1 - (1 - t + t c^-k)(1 - t + t c)^k)^2. At the
 * midpoint it is (1 - 2^-(k+1) (1 + c^-k)(1 + c)^k)^2, which grows without bound with c. arXiv 2505.23681, proposition 5.3.
 */
export function rescaledPathLoss(c: number, degree: number, t = 0.5): number {
  demand(c > 0, 'rescaledPathLoss', 'a positive factor', c);
  return (1 - (1 - t + t * c ** -degree) * (1 - t + t * c) ** degree) ** 2;
}

/** The factor c > 1 at which the midpoint loss reaches `loss` times ||Y||^2: there is one for every loss above 0. */
export function factorForBarrier(loss: number, degree: number): number {
  demand(loss > 0 && Number.isFinite(loss), 'factorForBarrier', 'a barrier above 0', loss);
  demand(degree > 0, 'factorForBarrier', 'a positive degree', degree);
  let [low, high] = [1, 2];
  while (rescaledPathLoss(high, degree) < loss) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = (low + high) / 2;
    if (rescaledPathLoss(middle, degree) < loss) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * How far the midpoint between (V, U) and (c V, U / c) is from having the product A = U V: ||U_m V_m - A|| / ||A|| = (1 + c)^2 / (4 c) - 1, without bound
 * in c. The same holds for attention's pairs. arXiv 2505.23681, proposition 5.5.
 */
export function productDefect(c: number): number {
  demand(c > 0, 'productDefect', 'a positive factor', c);
  return (1 - c) ** 2 / (4 * c);
}
