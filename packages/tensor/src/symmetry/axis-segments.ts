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
  const { group, block = 1, kind, as, nest } = axis;
  const ofKind = { ...(kind === undefined ? {} : { kind }), ...(as === undefined ? {} : { as }), ...(nest === undefined ? {} : { nest }) };
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

/** Where a group acts: on which axis of which spec, and how many units it has there, in nests of how many. */
export interface GroupPlace {
  readonly group: string;
  readonly size: number;
  readonly kind: GroupKind;
  /** As in {@link AxisFactor}; 1 where units lie in no nests. */
  readonly nest: number;
  readonly name: string;
  readonly axis: number;
}

/**
 * Every place where a group acts.
 * @throws BasinlabError where a spec has not one entry per axis, or nests do not divide the units
 */
export function* groupPlaces(specs: readonly AxisSpec[]): Generator<GroupPlace> {
  for (const { name, shape, axes } of specs) {
    demand(axes.length === shape.length, name, `one axis entry for each of ${shape.length} axes`, axes.length);
    for (const [axis, symmetry] of axes.entries()) {
      if (symmetry === null) continue;
      for (const factor of axisSegments(name, symmetry, shape[axis]!).flat()) {
        const { group, kind = 'permutation', nest = 1, as } = factor;
        if (group === null) continue;
        const size = as === 'nests' ? factor.size * nest : factor.size;
        demand(Number.isInteger(size / nest), name, `nests of ${nest} units that divide those of group ${group}`, size);
        demand(
          (kind === 'nested-permutation') === (factor.nest !== undefined),
          name,
          'a size of nests for nested permutations, and for nothing else',
          kind,
        );
        yield { group, size, kind, nest, name, axis };
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
  for (const factor of factors) {
    const { group, size } = factor;
    const element = group === null ? undefined : factorIndices(factor, elementOf(group));
    const before = indices;
    indices = Int32Array.from({ length: before.length * size }, (_, k) => {
      const along = k % size;
      return before[(k - along) / size]! * size + (element?.[along] ?? along);
    });
  }
  return indices;
}

/** Where the entries of a factor come from: the units, or the nests that hold them. */
function factorIndices({ as, nest = 1 }: AxisFactor, units: Int32Array | undefined): Int32Array | undefined {
  if (as !== 'nests' || units === undefined) return units;
  return Int32Array.from({ length: units.length / nest }, (_, i) => Math.floor(units[i * nest]! / nest));
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
    for (const { group, as = 'values', size: units, nest = 1 } of factors) {
      const given = group === null ? undefined : matrixOf(group, as);
      const own = given !== undefined && as === 'nests' ? nestMatrix(given, units, nest) : given;
      product = kronecker(product, size, own ?? identity(units), units);
      size *= units;
    }
    for (let i = 0; i < size; i++) matrix.set(product.subarray(i * size, (i + 1) * size), (offset + i) * length + offset);
    offset += size;
  }
  return matrix;
}

/** What a matrix of units in `nests` nests does to the nests: the share of each that goes to each. */
function nestMatrix(units: Float64Array, nests: number, nest: number): Float64Array {
  const [matrix, size] = [new Float64Array(nests * nests), nests * nest];
  units.forEach((value, at) => {
    if (value !== 0) matrix[Math.floor(Math.floor(at / size) / nest) * nests + Math.floor((at % size) / nest)]! += value;
  });
  return matrix.map((sum) => sum / nest);
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
