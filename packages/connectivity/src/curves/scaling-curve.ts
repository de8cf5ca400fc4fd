import { axisSegments, demand, groupPlaces } from '@basinlab/core';
import type { AxisFactor, ParamSpec } from '@basinlab/core';
import { mapPoint, type Curve, type Point } from './curve.js';

// With a positively homogeneous activation, s(c z) = c s(z) for c > 0 (ReLU, leaky ReLU, identity), a unit's outgoing values may be scaled by c > 0 if
// the weights that read them are divided by c. What makes a unit's values are the rows of its weight and its bias, or, where a norm stands
// between them and the activation, the norm's gain and offset: the norm takes the scale of everything before it away.

/** Positive factors of the units of each symmetry group; a group that is absent stays as it is. */
export type Scaling = Readonly<Record<string, ArrayLike<number>>>;

/**
 * For every entry of every parameter the logarithm of its factor under the scaling: + log c where the entry makes a unit's value, - log c where it
 * reads one. Works on any architecture's specs whose activation is positively homogeneous of degree 1, where the first axis of a weight is its
 * outputs and the second its inputs.
 * @throws BasinlabError where a group does not exist, has another size, or a factor is not positive
 */
export function scalingExponents(specs: readonly ParamSpec[], scaling: Scaling): Point {
  const places = [...groupPlaces(specs)];
  const sizes = new Map(places.map(({ group, size }) => [group, size]));
  const logs = new Map<string, Float64Array>();
  for (const [group, factors] of Object.entries(scaling)) {
    const units = sizes.get(group);
    demand(units !== undefined, 'scalingExponents', `a group of the network (${[...sizes.keys()].join(', ')})`, group);
    demand(factors.length === units, 'scalingExponents', `${units} factors for ${group}`, factors.length);
    const own = Float64Array.from(factors, Math.log);
    const wrong = own.findIndex((value) => !Number.isFinite(value));
    demand(wrong < 0, 'scalingExponents', 'positive factors', factors[wrong]);
    logs.set(group, own);
  }
  const roles = new Map(specs.map(({ name, role }) => [name, role]));
  const normed = new Set(places.flatMap(({ group, name }) => (roles.get(name) === 'norm' ? [group] : [])));
  return Object.fromEntries(specs.map((spec) => [spec.name, exponentsOf(spec, logs, normed)]));
}

function exponentsOf(spec: ParamSpec, logs: ReadonlyMap<string, Float64Array>, normed: ReadonlySet<string>): Float64Array {
  const size = spec.shape.reduce((product, length) => product * length, 1);
  const exponents = new Float64Array(size);
  let stride = size;
  spec.axes.forEach((axis, at) => {
    const length = spec.shape[at]!;
    stride /= length;
    const makes = at === 0;
    // Before a norm the scale of a unit does not matter, so it stays.
    const groupLogs = (group: string): Float64Array | undefined =>
      makes && spec.role !== 'norm' && normed.has(group) ? undefined : logs.get(group);
    const own = axisSegments(spec.name, axis, length).flatMap((factors) => segmentLogs(factors, groupLogs));
    for (let i = 0; i < size; i++) exponents[i]! += (makes ? 1 : -1) * own[Math.floor(i / stride) % length]!;
  });
  return exponents;
}

/** One number per entry of a segment, the sum over its factors. */
function segmentLogs(factors: readonly AxisFactor[], groupLogs: (group: string) => Float64Array | undefined): number[] {
  return factors.reduce<number[]>(
    (before, { group, size }) => {
      const own = group === null ? undefined : groupLogs(group);
      return before.flatMap((sum) => Array.from({ length: size }, (_, along) => sum + (own?.[along] ?? 0)));
    },
    [0],
  );
}

/** The curve of a one-parameter group of scalings: every entry p moves as p exp(t c), from `start` at t = 0. `exponents` as of {@link scalingExponents}. */
export function scalingCurve(start: Point, exponents: Point): Curve {
  const at = (t: number): Point =>
    mapPoint(start, (values, name) => {
      const own = exponents[name];
      return own === undefined ? values : values.map((value, i) => value * Math.exp(t * own[i]!));
    });
  // Every derivative in time brings the exponent down once more.
  const derivative = (point: Point): Point =>
    mapPoint(point, (values, name) => {
      const own = exponents[name];
      return own === undefined ? new Float64Array(values.length) : values.map((value, i) => value * own[i]!);
    });
  return {
    at,
    motion(t) {
      const position = at(t);
      const velocity = derivative(position);
      return { position, velocity, acceleration: derivative(velocity) };
    },
  };
}
