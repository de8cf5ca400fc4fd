import {
  approximateAction,
  certify,
  chainAt,
  chainCurve,
  chainProduct,
  exponential,
  frobenius,
  leakyRelu,
  Matrix,
  measureCurve,
  pointDistance,
  pointOfChain,
  randomMatrix,
  straightLine,
  twoLayerOutput,
} from '@basinlab/connectivity';
import type { Chain, TwoLayers } from '@basinlab/connectivity';
import { evenly, type Key } from '@basinlab/core';
import { childKey } from '@basinlab/core/random';

export interface TwoLayerShape {
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
  readonly batch: number;
  /** Slope of the leaky ReLU below 0. */
  readonly slope: number;
  /** Evenly spaced points of each path. */
  readonly points: number;
}

/** Relative losses ||Y - output||² / ||Y||² at the points of a symmetry-induced curve and of the straight line between its ends. */
export interface TwoLayerPaths {
  readonly curve: readonly number[];
  readonly line: readonly number[];
}

/** What the shape of the curve of two linear layers promises for the line: a bound on ||Y - output|| / ||Y||, infinite where none applies. */
export interface CertifiedPaths extends TwoLayerPaths {
  readonly curvature: number;
  readonly bound: number;
}

/** A random element of the Lie algebra of that Frobenius norm. */
const drawElement = (key: Key, units: number, size: number): Matrix => {
  const matrix = randomMatrix(childKey(key, 'log g'), units, units);
  return matrix.mul(size / frobenius(matrix));
};

const drawWeight = (key: Key, name: string, rows: number, columns: number): Matrix =>
  randomMatrix(childKey(key, name), rows, columns, 1 / Math.sqrt(columns));

/** Two layers with leaky ReLU: the approximate action along exp(t log g), which is exact for a batch of at most the width. */
export function leakyReluPaths({ inputs, hidden, outputs, batch, slope, points }: TwoLayerShape, size: number, key: Key): TwoLayerPaths {
  const activation = leakyRelu(slope);
  const apply = (z: number): number => activation.apply(z);
  const x = randomMatrix(childKey(key, 'X'), inputs, batch);
  const start: TwoLayers = { u: drawWeight(key, 'U', outputs, hidden), v: drawWeight(key, 'V', hidden, inputs) };
  const y = twoLayerOutput(start, x, apply);
  const direction = drawElement(key, hidden, size);
  // The curve begins at the pair that the element of t = 0 leads to: the same V, and the smallest U with the same outputs.
  const at = (t: number): TwoLayers => approximateAction(start, exponential(Matrix.mul(direction, t)), x, apply).moved;
  const [first, last] = [at(0), at(1)];
  const loss = (layers: TwoLayers): number => (frobenius(Matrix.sub(twoLayerOutput(layers, x, apply), y)) / frobenius(y)) ** 2;
  const chainOf = ({ u, v }: TwoLayers): Chain => [v, u];
  const line = straightLine(pointOfChain(chainOf(first)), pointOfChain(chainOf(last)));
  const between = (t: number): TwoLayers => {
    const [v, u] = chainAt(line.at(t), chainOf(first));
    return { u: u!, v: v! };
  };
  const times = evenly(points);
  return { curve: times.map((t) => loss(at(t))), line: times.map((t) => loss(between(t))) };
}

/** Two linear layers: the exact curve, its curvature, and the bound on the chord (theorem 6.2). */
export function linearPaths({ inputs, hidden, outputs, batch, points }: TwoLayerShape, size: number, key: Key): CertifiedPaths {
  const x = randomMatrix(childKey(key, 'X'), inputs, batch);
  const chain: Chain = [drawWeight(key, 'V', hidden, inputs), drawWeight(key, 'U', outputs, hidden)];
  const y = chainProduct(chain).mmul(x);
  const curve = chainCurve(chain, [[drawElement(key, hidden, size)]]);
  const line = straightLine(curve.at(0), curve.at(1));
  const loss = (weights: Chain): number => (frobenius(Matrix.sub(chainProduct(weights).mmul(x), y)) / frobenius(y)) ** 2;
  const times = evenly(points);
  const [onCurve, onLine] = [curve, line].map((path) => times.map((t) => loss(chainAt(path.at(t), chain)))) as [number[], number[]];
  const { maximalCurvature: curvature, length } = measureCurve(curve, 16);
  // The gradient of ||U V X - Y|| is at most (||U|| + ||V||) ||X||, and norms are convex: between curve and line it is no larger than on one of them.
  const norms = [curve, line].flatMap((path) =>
    times.map((t) => chainAt(path.at(t), chain).reduce((sum, weight) => sum + frobenius(weight), 0)),
  );
  const { epsilon } = certify({
    ...{ curvature, length, loss: 0 },
    chord: pointDistance(curve.at(0), curve.at(1)),
    lossChange: Math.sqrt(Math.max(...onCurve)),
    lipschitz: (Math.max(...norms) * frobenius(x)) / frobenius(y),
  });
  return { curve: onCurve, line: onLine, curvature, bound: epsilon };
}
