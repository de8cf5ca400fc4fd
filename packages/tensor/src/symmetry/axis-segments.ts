import type { AxisFactor, AxisSymmetry, GroupElement, GroupKind, ParamSpec } from '../contracts/index.js';
import { demand } from '../errors.js';
import { elementMatrix } from './elements.js';

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
  /** Planes in which the coordinates of each unit lie here; 0 where there are no coordinates, as in {@link AxisFactor.planesOf}. */
  readonly planes: number;
  readonly name: string;
  readonly axis: number;
}

/**
 * Every place where a group acts.
 * @throws BasinlabError where a spec has not one entry per axis, nests do not divide the units, or planes are not those of units beside them
 */
export function* groupPlaces(specs: readonly AxisSpec[]): Generator<GroupPlace> {
  for (const { name, shape, axes } of specs) {
    demand(axes.length === shape.length, name, `one axis entry for each of ${shape.length} axes`, axes.length);
    for (const [axis, symmetry] of axes.entries()) {
      if (symmetry === null) continue;
      for (const factors of axisSegments(name, symmetry, shape[axis]!)) yield* placesIn(factors, name, axis);
    }
  }
}

function* placesIn(factors: readonly AxisFactor[], name: string, axis: number): Generator<GroupPlace> {
  for (const { planesOf, size, group } of factors) {
    if (planesOf === undefined) continue;
    const isBeside = factors.filter((factor) => factor.group === planesOf && factor.kind === 'rotated-permutation').length === 1;
    demand(isBeside && group === null, name, `planes of one factor of kind rotated-permutation in the segment`, planesOf);
    demand(size % 2 === 0, name, `an even number of coordinates in planes of ${planesOf}`, size);
  }
  for (const factor of factors) {
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
    const coordinates = factors.find(({ planesOf }) => planesOf === group)?.size ?? 0;
    yield { group, size, kind, nest, planes: coordinates / 2, name, axis };
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
 * moves its factors, and then the rotations of coordinates in planes.
 * @param elementOf the element of a group, or nothing where it stays
 */
export function axisMatrix(
  name: string,
  axis: AxisSymmetry,
  length: number,
  elementOf: (group: string) => GroupElement | undefined,
): Float64Array {
  const matrix = new Float64Array(length * length);
  let offset = 0;
  for (const factors of axisSegments(name, axis, length)) {
    let [product, size] = [Float64Array.of(1), 1];
    for (const { group, as = 'values', size: units, nest = 1 } of factors) {
      const element = group === null ? undefined : elementOf(group);
      const given = element && elementMatrix(element, as);
      const own = given !== undefined && as === 'nests' ? nestMatrix(given, units, nest) : given;
      product = kronecker(product, size, own ?? identity(units), units);
      size *= units;
    }
    for (const { group, planesOf } of factors) {
      const element = planesOf === undefined ? undefined : elementOf(planesOf);
      if (group === null && element?.kind === 'rotated') turnRows(product, factors, planesOf!, element.angles);
    }
    for (let i = 0; i < size; i++) matrix.set(product.subarray(i * size, (i + 1) * size), (offset + i) * length + offset);
    offset += size;
  }
  return matrix;
}

/** Where each entry of a segment is: its unit and its coordinate of the factors with the planes of a group. Null where the segment has no such coordinates. */
export interface PlaneEntries {
  /** Planes of each unit. */
  readonly planes: number;
  /** From one coordinate of a plane to the other, in entries. */
  readonly across: number;
  unitOf(entry: number): number;
  coordinateOf(entry: number): number;
}

/** See {@link PlaneEntries}. */
export function planeEntries(factors: readonly AxisFactor[], group: string): PlaneEntries | null {
  const inner = (at: number): number => sizeOf(factors.slice(at + 1));
  const [units, coordinates] = [
    factors.findIndex((factor) => factor.group === group),
    factors.findIndex(({ planesOf }) => planesOf === group),
  ];
  if (units < 0 || coordinates < 0) return null;
  const along = (at: number) => {
    const [stride, { size }] = [inner(at), factors[at]!];
    return (entry: number): number => Math.floor(entry / stride) % size;
  };
  const planes = factors[coordinates]!.size / 2;
  return { planes, across: planes * inner(coordinates), unitOf: along(units), coordinateOf: along(coordinates) };
}

/** Turns rows of a matrix of a segment, [entries, entries], in the planes of a group's units. */
function turnRows(matrix: Float64Array, factors: readonly AxisFactor[], group: string, angles: Float64Array): void {
  const { planes, across, unitOf, coordinateOf } = planeEntries(factors, group)!;
  const size = sizeOf(factors);
  for (let row = 0; row < size; row++) {
    const plane = coordinateOf(row);
    if (plane >= planes) continue;
    const angle = angles[unitOf(row) * planes + plane]!;
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    for (let k = 0; k < size; k++) {
      const [x, y] = [matrix[row * size + k]!, matrix[(row + across) * size + k]!];
      matrix[row * size + k] = cosine * x - sine * y;
      matrix[(row + across) * size + k] = sine * x + cosine * y;
    }
  }
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
