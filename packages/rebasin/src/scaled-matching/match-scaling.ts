import { axisSegments, demand, groupPlaces } from '@basinlab/core';
import type { ParamSpec } from '@basinlab/core';

/** Values by parameter name, float64, row-major. */
export type HostParams = Readonly<Record<string, Float64Array>>;

/** The rescaling of units that brings one model closest to another. */
export interface ScalingMatch {
  /** Factors that bring `b` closest to `a`, per group. */
  readonly scaling: Readonly<Record<string, Float64Array>>;
  /** b, scaled. */
  readonly scaled: HostParams;
  /** Groups whose units make and read the same parameter (residual streams); they are left as they are. */
  readonly left: readonly string[];
}

/** Where the units of a group make (`factor` 1) or read (-1) entries of a parameter: for each of them its unit, or -1. */
interface Place {
  readonly name: string;
  readonly makes: boolean;
  readonly units: Int32Array;
}

/**
 * The positive scaling of hidden units that brings a model `b` closest to `a` in Euclidean distance without changing its function: rescaling is,
 * beside permutation, the symmetry of networks with positively homogeneous activations. Exact minimisation over one group at a time, `sweeps` times
 * over all of them or until nothing changes: the distance never grows. What makes a unit's values are the rows of its weight and its bias, or, where a norm stands
 * between them and the activation, the norm's gain and offset.
 * @throws BasinlabError where a model lacks a parameter
 */
export function matchScaling(
  specs: readonly ParamSpec[],
  a: HostParams,
  b: HostParams,
  { sweeps = 10 }: { sweeps?: number } = {},
): ScalingMatch {
  for (const { name } of specs)
    demand(a[name]?.length === b[name]?.length && a[name] !== undefined, 'matchScaling', `the parameter ${name} of one size in both`, [
      a[name]?.length,
      b[name]?.length,
    ]);
  const scaled = Object.fromEntries(specs.map(({ name }) => [name, b[name]!.slice()]));
  const { places, sizes, left } = placesOf(specs);
  const scaling = Object.fromEntries([...places.keys()].map((group) => [group, new Float64Array(sizes.get(group)!).fill(1)]));
  let change = Infinity;
  for (let sweep = 0; sweep < sweeps && change > 1e-8; sweep++) {
    change = 0;
    for (const [group, own] of places) {
      const factors = bestFactors(own, a, scaled, sizes.get(group)!);
      factors.forEach((factor, unit) => {
        scaling[group]![unit]! *= factor;
        change = Math.max(change, Math.abs(factor - 1));
      });
      for (const { name, makes, units } of own) {
        const values = scaled[name]!;
        units.forEach((unit, i) => {
          if (unit >= 0) values[i]! *= makes ? factors[unit]! : 1 / factors[unit]!;
        });
      }
    }
  }
  return { scaling, scaled, left };
}

/** The scaling of a model that has the least norm: one per orbit. Arguments as of {@link matchScaling}. */
export const balanceUnits = (specs: readonly ParamSpec[], point: HostParams, sweeps?: number): HostParams =>
  matchScaling(
    specs,
    Object.fromEntries(Object.entries(point).map(([name, values]) => [name, new Float64Array(values.length)])),
    point,
    sweeps === undefined ? {} : { sweeps },
  ).scaled;

function placesOf(specs: readonly ParamSpec[]): { places: Map<string, Place[]>; sizes: Map<string, number>; left: string[] } {
  const all = [...groupPlaces(specs)];
  const sizes = new Map(all.map(({ group, size }) => [group, size]));
  const bySpec = new Map(specs.map((spec) => [spec.name, spec]));
  const normed = new Set(all.flatMap(({ group, name }) => (bySpec.get(name)!.role === 'norm' ? [group] : [])));
  const left = [...sizes.keys()].filter((group) =>
    specs.some(({ name }) => all.filter((place) => place.group === group && place.name === name).length > 1),
  );
  const places = new Map<string, Place[]>();
  for (const { group, name, axis } of all) {
    const spec = bySpec.get(name)!;
    const makes = axis === 0;
    if (left.includes(group) || (makes && spec.role !== 'norm' && normed.has(group))) continue;
    places.set(group, [...(places.get(group) ?? []), { name, makes, units: unitsOf(spec, axis, group) }]);
  }
  return { places, sizes, left };
}

/** For every entry of a parameter the unit of a group that it belongs to along an axis, or -1. */
function unitsOf({ name, shape, axes }: ParamSpec, axis: number, group: string): Int32Array {
  const length = shape[axis]!;
  const along = axisSegments(name, axes[axis]!, length).flatMap((factors) =>
    factors.reduce<number[]>(
      (before, factor) => before.flatMap((unit) => Array.from({ length: factor.size }, (_, at) => (factor.group === group ? at : unit))),
      [-1],
    ),
  );
  const size = shape.reduce((product, count) => product * count, 1);
  const stride = shape.slice(axis + 1).reduce((product, count) => product * count, 1);
  return Int32Array.from({ length: size }, (_, i) => along[Math.floor(i / stride) % length]!);
}

/** Per unit the c > 0 with the least sum of (a - c w)^2 over entries it makes and (a - w / c)^2 over entries it reads. */
function bestFactors(places: readonly Place[], a: HostParams, b: HostParams, count: number): Float64Array {
  const made = { squares: new Float64Array(count), products: new Float64Array(count) };
  const read = { squares: new Float64Array(count), products: new Float64Array(count) };
  for (const { name, makes, units } of places) {
    const sums = makes ? made : read;
    const [x, w] = [a[name]!, b[name]!];
    units.forEach((unit, i) => {
      if (unit < 0) return;
      sums.squares[unit]! += w[i]! ** 2;
      sums.products[unit]! += x[i]! * w[i]!;
    });
  }
  return Float64Array.from({ length: count }, (_, unit) => {
    const [p, q, r, s] = [made.squares[unit]!, made.products[unit]!, read.squares[unit]!, read.products[unit]!];
    // A unit that makes nothing or is read by nothing has no scale of its own.
    if (p === 0 || r === 0) return 1;
    return minimize((c) => (p * c - 2 * q) * c + (r / c - 2 * s) / c);
  });
}

/** Factors from e^-4 to e^4, 1 among them. */
const grid = Float64Array.from({ length: 65 }, (_, i) => Math.exp((i - 32) / 8));
/** What a factor is refined by: half the distance in the grid, then half of that, ... */
const steps = Float64Array.from({ length: 31 }, (_, i) => Math.exp(2 ** -(i + 4)));

/** A minimum of f over [e^-4, e^4]: the best of a grid that holds 1, refined; never worse than f(1). */
function minimize(f: (c: number) => number): number {
  let best = 1;
  let least = f(1);
  const consider = (c: number): void => {
    const value = f(c);
    if (value < least) [best, least] = [c, value];
  };
  grid.forEach(consider);
  for (const step of steps) {
    const middle = best;
    consider(middle / step);
    consider(middle * step);
  }
  return best;
}
