import { axisSegments, type AxisSpec } from '@basinlab/core';
import type { MapSides } from './solve-map.js';

/** Numbers of a model on the host, by name. */
export type Arrays = Readonly<Record<string, Float64Array>>;

/** What the units of a group have in both models, over all axes that carry it and tensors of which `isTaken` says so; null where there is nothing. */
export function mapSidesOf(
  { group, units }: { readonly group: string; readonly units: number },
  specs: readonly AxisSpec[],
  { a, b }: { readonly a: Arrays; readonly b: Arrays },
  isTaken: (spec: AxisSpec) => boolean,
): MapSides | null {
  const rows = {
    values: { a: [] as Float64Array[], b: [] as Float64Array[] },
    reads: { a: [] as Float64Array[], b: [] as Float64Array[] },
  };
  for (const spec of specs) {
    if (!isTaken(spec)) continue;
    spec.axes.forEach((axis, k) => {
      let offset = 0;
      for (const factors of axisSegments(spec.name, axis, spec.shape[k]!)) {
        const length = product(factors.map(({ size }) => size));
        factors.forEach((factor, f) => {
          if (factor.group !== group) return;
          const inner = product(factors.slice(f + 1).map(({ size }) => size));
          const side = rows[factor.as === 'reads' ? 'reads' : 'values'];
          for (const model of ['a', 'b'] as const)
            side[model].push(unitRows((model === 'a' ? a : b)[spec.name]!, spec.shape, k, { offset, length, units, inner }));
        });
        offset += length;
      }
    });
  }
  const joined = (parts: readonly Float64Array[]): Float64Array => joinColumns(parts, units);
  const sides = {
    units,
    values: { a: joined(rows.values.a), b: joined(rows.values.b) },
    reads: { a: joined(rows.reads.a), b: joined(rows.reads.b) },
  };
  return sides.values.a.length + sides.reads.a.length === 0 ? null : sides;
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/** The entries of each unit as a row, [units, others], of a segment of an axis. */
function unitRows(
  data: Float64Array,
  shape: readonly number[],
  axis: number,
  { offset, length, units, inner }: { offset: number; length: number; units: number; inner: number },
): Float64Array {
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
