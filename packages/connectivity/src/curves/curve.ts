/** A point of parameter space: values by parameter name, float64, row-major. */
export type Point = Readonly<Record<string, Float64Array>>;

/** Position, velocity and acceleration at one time. */
export interface Motion {
  readonly position: Point;
  readonly velocity: Point;
  readonly acceleration: Point;
}

/** A twice differentiable curve through parameter space, t from 0 to 1. */
export interface Curve {
  at(t: number): Point;
  motion(t: number): Motion;
}

/** start + t (end - start): the path that linear mode connectivity looks at. */
export function straightLine(start: Point, end: Point): Curve {
  const velocity = mapPoint(start, (values, name) => values.map((value, i) => end[name]![i]! - value));
  const acceleration = mapPoint(start, (values) => new Float64Array(values.length));
  const at = (t: number): Point => mapPoint(start, (values, name) => values.map((value, i) => value + t * velocity[name]![i]!));
  return { at, motion: (t) => ({ position: at(t), velocity, acceleration }) };
}

/** Applies a function to the values of every parameter. */
export const mapPoint = (point: Point, f: (values: Float64Array, name: string) => Float64Array): Point =>
  Object.fromEntries(Object.entries(point).map(([name, values]) => [name, f(values, name)]));

/** Sum over all parameters of the products of their entries. */
export function inner(a: Point, b: Point): number {
  let sum = 0;
  for (const [name, values] of Object.entries(a)) {
    const other = b[name]!;
    for (let i = 0; i < values.length; i++) sum += values[i]! * other[i]!;
  }
  return sum;
}

/** Euclidean distance of two points with the same parameters. */
export function pointDistance(a: Point, b: Point): number {
  const difference = mapPoint(a, (values, name) => values.map((value, i) => value - b[name]![i]!));
  return Math.sqrt(inner(difference, difference));
}
