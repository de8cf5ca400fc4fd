import { demand } from '@basinlab/core';
import { inverse, Matrix } from 'ml-matrix';
import type { Chain } from '../curves/chain-curve.js';
import { flow } from '../curves/jet.js';
import { conditionNumber, demandInvertible, determinantSign, exponentialFactors, frobenius } from '../linear-algebra/index.js';
import type { LinearTask } from './minima.js';

// Three linear layers with a residual connection around the first two: L = ||Y - W_3 (W_2 W_1 X + eps X)||^2. At a minimum of invertible data W_3 and
// W_2 W_1 + eps I are invertible, but W_1 and W_2 need not be, and that joins components which without the residual are apart:
// - one unit: S_1 (W_1 and W_3 not 0) has four parts by their signs; the line S_0 (W_1 = 0, W_3 = Y / (eps X)) joins the two whose W_3 has its sign.
//   Three components (arXiv 2505.23681, proposition 4.3).
// - two units or more: W_3 can be moved to where W_2 W_1 is singular, and there W_1 can be turned over within the kernel. Two components, by the
//   sign of det W_3. (Not in the paper.)

/** A minimum's weights, W_1, W_2 and W_3, all [h, h]. */
export type SkipChain = readonly [Matrix, Matrix, Matrix];

/** ||Y - W_3 (W_2 W_1 X + skip X)||^2. */
export function skipLoss({ x, y }: LinearTask, skip: number, [w1, w2, w3]: SkipChain): number {
  const inside = Matrix.add(w2.mmul(w1), Matrix.eye(w1.rows).mul(skip));
  return frobenius(Matrix.sub(y, w3.mmul(inside).mmul(x))) ** 2;
}

/** Components of the minima of three layers of `units` units: 4 without skip, 3 with one unit, 2 with more. */
export function countSkipComponents(units: number, skip: number): number {
  demand(Number.isInteger(units) && units > 0, 'countSkipComponents', 'a whole number of units above 0', units);
  if (skip === 0) return 4;
  return units === 1 ? 3 : 2;
}

/** W_2 such that (W_1, W_2, W_3) is a minimum: (W_3^-1 Y X^-1 - skip I) W_1^-1. */
function solveMiddle(task: LinearTask, skip: number, w1: Matrix, w3: Matrix): Matrix {
  return Matrix.sub(inverse(w3).mmul(targetOf(task)), Matrix.eye(w1.rows).mul(skip)).mmul(inverse(w1));
}

/** Y X^-1: what the network must compute. */
const targetOf = ({ x, y }: LinearTask): Matrix => y.mmul(inverse(x));

/** A minimum with the given first and last weight. */
export function skipMinimum(task: LinearTask, skip: number, w1: Matrix, w3: Matrix): SkipChain {
  demandInvertible('skipMinimum', w1, 'an invertible first weight');
  demandInvertible('skipMinimum', w3, 'an invertible last weight');
  return [w1, solveMiddle(task, skip, w1, w3), w3];
}

/** One stretch of a path, t from 0 to 1; continuous, and smooth in itself. */
export type Leg = { readonly name: string; readonly at: (t: number) => SkipChain };
/** A path of zero loss between two minima with a skip connection, or why there is none. */
export type SkipConnection =
  | { readonly connected: true; readonly legs: readonly Leg[]; readonly at: (t: number) => SkipChain }
  | { readonly connected: false; readonly reason: string };

/**
 * Joins two minima by a path of zero loss, or says why there is none.
 * @throws BasinlabError where data or weights are not invertible where they must be, or a point is no minimum (loss above 1e-12 ||Y||^2)
 */
export function connectWithSkip(task: LinearTask, skip: number, a: SkipChain, b: SkipChain): SkipConnection {
  demandMinima(task, skip, [a, b]);
  const start = offTheSingular(task, skip, a);
  const end = offTheSingular(task, skip, b);
  const legs: Leg[] = start.legs;
  const back = end.legs.map((leg): Leg => ({ name: leg.name, at: (t) => leg.at(1 - t) })).reverse();
  const [from, to] = [start.point, end.point];
  if (determinantSign(from[2]) !== determinantSign(to[2]))
    return apart('det W_3 has opposite signs, and W_3 is invertible at every minimum');
  if (determinantSign(from[0]) === determinantSign(to[0])) {
    legs.push(moveLast(task, skip, from[0], from[2], to[2]), moveFirst(task, skip, to[2], from[0], to[0]));
  } else {
    if (skip === 0) return apart('det W_1 has opposite signs, and without a skip W_1 is invertible at every minimum');
    const singular = lastWithKernel(task, skip, determinantSign(from[2]));
    if (singular === null) return apart('the sign of W_3 is not that of Y / (skip X), so W_1 cannot pass through 0');
    const over = reflectFirst(task, skip, singular, from[0]);
    legs.push(moveLast(task, skip, from[0], from[2], singular), over.leg);
    legs.push(moveFirst(task, skip, singular, over.end, to[0]), moveLast(task, skip, to[0], singular, to[2]));
  }
  legs.push(...back);
  const at = (t: number): SkipChain => {
    const along = Math.min(Math.max(t, 0), 1) * legs.length;
    const leg = Math.min(Math.floor(along), legs.length - 1);
    return legs[leg]!.at(along - leg);
  };
  return { connected: true, legs, at };
}

const apart = (reason: string): SkipConnection => ({ connected: false, reason });

function demandMinima(task: LinearTask, skip: number, points: readonly SkipChain[]): void {
  const h = task.x.rows;
  demandInvertible('connectWithSkip', task.x, 'an invertible X');
  demandInvertible('connectWithSkip', task.y, 'an invertible Y');
  for (const point of points) {
    for (const weight of point as Chain)
      demand(weight.rows === h && weight.columns === h, 'connectWithSkip', `weights [${h}, ${h}]`, [weight.rows, weight.columns]);
    const loss = skipLoss(task, skip, point) / frobenius(task.y) ** 2;
    demand(loss < 1e-12, 'connectWithSkip', 'minima', `a loss of ${loss.toExponential(1)} ||Y||^2`);
  }
}

/** Leaves a minimum with a singular first weight: W_1 + t D with W_2 as it is, the last weight solved for. */
function offTheSingular(task: LinearTask, skip: number, point: SkipChain): { legs: Leg[]; point: SkipChain } {
  const [w1, w2] = point;
  if (conditionNumber(w1) < 1e8) return { legs: [], point };
  const h = w1.rows;
  const size = (0.5 * Math.abs(skip)) / Math.max(1, frobenius(w2) * Math.sqrt(h));
  const at = (t: number): SkipChain => {
    const first = Matrix.add(w1, Matrix.eye(h).mul(t * size));
    return [first, w2, targetOf(task).mmul(inverse(Matrix.add(w2.mmul(first), Matrix.eye(h).mul(skip))))];
  };
  return { legs: [{ name: 'off the singular W_1', at }], point: at(1) };
}

function moveLast(task: LinearTask, skip: number, w1: Matrix, from: Matrix, to: Matrix): Leg {
  const factors = exponentialFactors(to.mmul(inverse(from)));
  const at = (t: number): SkipChain => {
    const w3 = flow(factors, t).value.mmul(from);
    return [w1, solveMiddle(task, skip, w1, w3), w3];
  };
  return { name: 'move W_3', at };
}

function moveFirst(task: LinearTask, skip: number, w3: Matrix, from: Matrix, to: Matrix): Leg {
  const factors = exponentialFactors(to.mmul(inverse(from)));
  const at = (t: number): SkipChain => {
    const w1 = flow(factors, t).value.mmul(from);
    return [w1, solveMiddle(task, skip, w1, w3), w3];
  };
  return { name: 'move W_1', at };
}

/** A last weight of the given sign for which W_2 W_1 has a kernel, the first axis. */
function lastWithKernel(task: LinearTask, skip: number, sign: number): Matrix | null {
  const h = task.x.rows;
  const target = targetOf(task);
  const inside = Matrix.eye(h).mul(1 + Math.abs(skip));
  inside.set(0, 0, skip);
  if (determinantSign(target) * determinantSign(inside) !== sign) {
    if (h === 1) return null;
    inside.set(1, 1, -1 - Math.abs(skip));
  }
  return target.mmul(inverse(inside));
}

/** W_1 (I - s v v^T), s from 0 to 2, with v the first axis, in the kernel of W_2 W_1: the product does not change, the determinant turns its sign. */
function reflectFirst(task: LinearTask, skip: number, w3: Matrix, w1: Matrix): { leg: Leg; end: Matrix } {
  const w2 = solveMiddle(task, skip, w1, w3);
  const at = (t: number): SkipChain => {
    const turned = w1.clone();
    turned.mulColumn(0, 1 - 2 * t);
    return [turned, w2, w3];
  };
  return { leg: { name: 'turn W_1 over', at }, end: at(1)[0] };
}
