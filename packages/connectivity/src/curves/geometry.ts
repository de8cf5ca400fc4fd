import { inner, type Curve } from './curve.js';

/**
 * Curvature of a curve at t, 1 / length: sqrt(|v|^2 |a|^2 - (v . a)^2) / |v|^3 with velocity v and acceleration a. 0 on a straight line; NaN
 * where the curve stands still.
 */
export function curvature(curve: Curve, t: number): number {
  const { velocity, acceleration } = curve.motion(t);
  const speed2 = inner(velocity, velocity);
  const along = inner(velocity, acceleration);
  // What remains of the acceleration across the direction of motion: no cancellation for nearly straight curves.
  const across = Math.max(0, squaredRest(velocity, acceleration, along / speed2));
  return Math.sqrt(across) / speed2;
}

function squaredRest(
  velocity: Readonly<Record<string, Float64Array>>,
  acceleration: Readonly<Record<string, Float64Array>>,
  share: number,
): number {
  let sum = 0;
  for (const [name, values] of Object.entries(acceleration)) {
    const direction = velocity[name]!;
    for (let i = 0; i < values.length; i++) sum += (values[i]! - share * direction[i]!) ** 2;
  }
  return sum;
}

/** Curvature and length of a curve in parameter space. */
export interface CurveGeometry {
  /** Largest curvature found: over `intervals` + 1 equal steps, refined around the largest of them. */
  readonly maximalCurvature: number;
  /** Where it is. */
  readonly at: number;
  /** Integral of the speed, by Gauss-Legendre quadrature on each interval. */
  readonly length: number;
}

/** Measures a smooth curve. Lengths are relative 1e-8 or better for curves that `intervals` resolve. */
export function measureCurve(curve: Curve, intervals = 64): CurveGeometry {
  let best = { at: 0, value: -Infinity };
  const consider = (t: number): number => {
    const value = curvature(curve, t);
    if (value > best.value) best = { at: t, value };
    return value;
  };
  for (let i = 0; i <= intervals; i++) consider(i / intervals);
  goldenSection(consider, Math.max(0, best.at - 1 / intervals), Math.min(1, best.at + 1 / intervals));
  let length = 0;
  for (let i = 0; i < intervals; i++) length += integrateSpeed(curve, i / intervals, (i + 1) / intervals);
  return { maximalCurvature: best.value, at: best.at, length };
}

function goldenSection(f: (t: number) => number, from: number, to: number): void {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [fLeft, fRight] = [f(left), f(right)];
  for (let step = 0; step < 30; step++) {
    if (fLeft > fRight) {
      [high, right, fRight] = [right, left, fLeft];
      left = high - ratio * (high - low);
      fLeft = f(left);
    } else {
      [low, left, fLeft] = [left, right, fRight];
      right = low + ratio * (high - low);
      fRight = f(right);
    }
  }
}

/** Three Gauss-Legendre points, exact for polynomials up to degree 5. */
function integrateSpeed(curve: Curve, from: number, to: number): number {
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  const speed = (t: number): number => {
    const { velocity } = curve.motion(t);
    return Math.sqrt(inner(velocity, velocity));
  };
  const offset = half * Math.sqrt(3 / 5);
  return (half / 9) * (5 * speed(middle - offset) + 8 * speed(middle) + 5 * speed(middle + offset));
}
