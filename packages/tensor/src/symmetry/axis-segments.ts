import type { AxisFactor, AxisRole, AxisSymmetry, GroupKind, ParamSpec } from '../contracts/index.js';
import { demand } from '../errors.js';

/** What has named axes: parameters and state entries both fit. */
export type AxisSpec = Pick<ParamSpec, 'name' | 'shape' | 'axes'>;

const sizeOf = (factors: readonly AxisFactor[]): number => factors.reduce((product, { size }) => product * size, 1);

/** The segments of an axis of `length` entries, whichever way its symmetry is written; see `CompositeAxis`. */
export function axisSegments(name: string, axis: AxisSymmetry | null, length: number): readonly (readonly AxisFactor[])[] {
  if (axis === null) return [[{ group: null, size: length }]];
  if (axis.group === undefined) {
    const total = axis.segments.reduce((sum, factors) => sum + sizeOf(factors), 0);
    demand(total === length, name, `segments that add up to an axis of ${length}`, total);
    return axis.segments;
  }
  const { group, block = 1, kind, as } = axis;
  const ofKind = { ...(kind === undefined ? {} : { kind }), ...(as === undefined ? {} : { as }) };
  const units = length / block;
  demand(Number.isInteger(units), name, `an axis that holds whole blocks of ${block} of group ${group}`, length);
  return [
    block === 1
      ? [{ group, size: units, ...ofKind }]
      : [
          { group, size: units, ...ofKind },
          { group: null, size: block },
        ],
  ];
}

/** Every place where a group acts: which axis of which spec, and how many units it counts there. */
export function* groupPlaces(
  specs: readonly AxisSpec[],
): Generator<{ group: string; size: number; kind: GroupKind; name: string; axis: number }> {
  for (const { name, shape, axes } of specs) {
    demand(axes.length === shape.length, name, `one axis entry for each of ${shape.length} axes`, axes.length);
    for (const [axis, symmetry] of axes.entries()) {
      if (symmetry === null) continue;
      for (const { group, size, kind = 'permutation' } of axisSegments(name, symmetry, shape[axis]!).flat()) {
        if (group !== null) yield { group, size, kind, name, axis };
      }
    }
  }
}

/**
 * For each entry of an axis the entry that moves there, `new[i] = old[indices[i]]`; null where nothing moves.
 * @param elementOf the permutation of a group, or nothing where it stays
 */
export function axisIndices(
  name: string,
  axis: AxisSymmetry | null,
  length: number,
  elementOf: (group: string) => Int32Array | undefined,
): Int32Array | null {
  if (axis === null) return null;
  const segments = axisSegments(name, axis, length);
  if (segments.flat().every(({ group }) => group === null || elementOf(group) === undefined)) return null;
  const indices = new Int32Array(length);
  let offset = 0;
  for (const factors of segments) {
    const within = productIndices(factors, elementOf);
    within.forEach((from, to) => (indices[offset + to] = offset + from));
    offset += within.length;
  }
  return indices;
}

/** The same within one segment: every factor moved by its own group. */
export function productIndices(factors: readonly AxisFactor[], elementOf: (group: string) => Int32Array | undefined): Int32Array {
  let indices: Int32Array = Int32Array.of(0);
  for (const { group, size } of factors) {
    const element = group === null ? undefined : elementOf(group);
    const before = indices;
    indices = Int32Array.from({ length: before.length * size }, (_, k) => {
      const along = k % size;
      return before[(k - along) / size]! * size + (element?.[along] ?? along);
    });
  }
  return indices;
}

/**
 * What an axis of `length` entries is multiplied by, [length, length] row-major: blocks for segments, within a segment the Kronecker product of what
 * moves its factors.
 * @param matrixOf the matrix of a group for what the entries are to it, [size, size] row-major, or nothing where it stays
 */
export function axisMatrix(
  name: string,
  axis: AxisSymmetry,
  length: number,
  matrixOf: (group: string, as: AxisRole) => Float64Array | undefined,
): Float64Array {
  const matrix = new Float64Array(length * length);
  let offset = 0;
  for (const factors of axisSegments(name, axis, length)) {
    let [product, size] = [Float64Array.of(1), 1];
    for (const { group, as = 'values', size: units } of factors) {
      product = kronecker(product, size, (group === null ? undefined : matrixOf(group, as)) ?? identity(units), units);
      size *= units;
    }
    for (let i = 0; i < size; i++) matrix.set(product.subarray(i * size, (i + 1) * size), (offset + i) * length + offset);
    offset += size;
  }
  return matrix;
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}

function kronecker(a: Float64Array, n: number, b: Float64Array, m: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(n * m * n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const value = a[i * n + j]!;
      if (value === 0) continue;
      for (let k = 0; k < m; k++) for (let l = 0; l < m; l++) out[(i * m + k) * n * m + j * m + l] = value * b[k * m + l]!;
    }
  return out;
}
