import { mapPoint, type Curve, type Point } from './curve.js';

/**
 * The quadratic Bezier curve (1-t)^2 start + 2t(1-t) bend + t^2 end as a curve on the host, for its length and curvature; `curveNetwork` trains its
 * bend. Unlike symmetry-induced curves it keeps the loss only as far as training went.
 */
export function bezierCurve(start: Point, bend: Point, end: Point): Curve {
  const mixed = (a: number, b: number, c: number): Point =>
    mapPoint(start, (values, name) => values.map((value, i) => a * value + b * bend[name]![i]! + c * end[name]![i]!));
  const at = (t: number): Point => mixed((1 - t) ** 2, 2 * t * (1 - t), t ** 2);
  const acceleration = mixed(2, -4, 2);
  return { at, motion: (t) => ({ position: at(t), velocity: mixed(-2 * (1 - t), 2 - 4 * t, 2 * t), acceleration }) };
}
