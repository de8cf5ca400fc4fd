import { axisSegments, type AxisSpec } from '@basinlab/core';
import type { MapSides } from './solve-map.js';

/** Numbers of a model on the host, by name. */
export type Arrays = Readonly<Record<string, Float64Array>>;

/** Where a group acts: a factor of a segment of an axis. */
export interface MapPlace {
  readonly spec: AxisSpec;
  readonly axis: number;
  /** Where the segment begins on the axis, its entries, and how many of them one unit owns at a time. */
  readonly offset: number;
  readonly length: number;
  readonly inner: number;
  readonly side: 'values' | 'reads';
  /** Other groups that move the same entries. */
  readonly beside: readonly string[];
}

/** All places of a group. */
export function mapPlaces(group: string, specs: readonly AxisSpec[]): MapPlace[] {
  return specs.flatMap((spec) => {
    const segments = spec.axes.map((axis, k) => axisSegments(spec.name, axis, spec.shape[k]!));
    return segments.flatMap((own, axis) => {
      const elsewhere = segments.flatMap((other, k) => (k === axis ? [] : other.flat()));
      let offset = 0;
      return own.flatMap((factors) => {
        const [from, length] = [offset, product(factors.map(({ size }) => size))];
        offset += length;
        return factors.flatMap((factor, f): MapPlace[] => {
          if (factor.group !== group) return [];
          const others = [...elsewhere, ...factors.filter((other) => other !== factor)];
          const side = factor.as === 'reads' ? 'reads' : 'values';
          const inner = product(factors.slice(f + 1).map(({ size }) => size));
          return [{ spec, axis, offset: from, length, inner, side, beside: others.flatMap((other) => other.group ?? []) }];
        });
      });
    });
  });
}

/** What the units of a group have in both models, at some of its places. */
export function mapSidesOf(units: number, places: readonly MapPlace[], { a, b }: { readonly a: Arrays; readonly b: Arrays }): MapSides {
  const joined = (side: MapPlace['side'], model: Arrays): Float64Array =>
    joinColumns(
      places.flatMap((place) => (place.side === side ? [unitRows(model[place.spec.name]!, place, units)] : [])),
      units,
    );
  return {
    units,
    values: { a: joined('values', a), b: joined('values', b) },
    reads: { a: joined('reads', a), b: joined('reads', b) },
  };
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/** The entries of each unit at a place as a row, [units, others]. */
function unitRows(data: Float64Array, { spec: { shape }, axis, offset, length, inner }: MapPlace, units: number): Float64Array {
  const [outer, after] = [product(shape.slice(0, axis)), product(shape.slice(axis + 1))];
  const before = length / (units * inner);
  const width = outer * before * inner * after;
  const rows = new Float64Array(units * width);
  let column = 0;
  for (let o = 0; o < outer; o++)
    for (let p = 0; p < before; p++)
      for (let i = 0; i < inner; i++)
        for (let t = 0; t < after; t++, column++)
          for (let unit = 0; unit < units; unit++) {
            const along = offset + (p * units + unit) * inner + i;
            rows[unit * width + column] = data[(o * shape[axis]! + along) * after + t]!;
          }
  return rows;
}

/** Matrices of `units` rows side by side. */
function joinColumns(parts: readonly Float64Array[], units: number): Float64Array {
  const widths = parts.map(({ length }) => length / units);
  const width = widths.reduce((sum, own) => sum + own, 0);
  const joined = new Float64Array(units * width);
  let start = 0;
  parts.forEach((part, at) => {
    const own = widths[at]!;
    for (let unit = 0; unit < units; unit++) joined.set(part.subarray(unit * own, (unit + 1) * own), unit * width + start);
    start += own;
  });
  return joined;
}
