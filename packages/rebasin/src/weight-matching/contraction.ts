import { axisSegments, planeEntries, productIndices, type AxisFactor, type AxisSpec, type PlaneEntries } from '@basinlab/core';
import { groupKinds, groupNests, groupPlanes } from '../transform/axis-spec.js';
import { planeColumns, type PlaneSides } from './planes.js';

/** Numbers of one network on the host, row-major, by name. */
export type HostTensors = Readonly<Record<string, ArrayLike<number>>>;
/** Where the unit at each place comes from, its sign where the group has signs, `new[i] = signs[i] * old[indices[i]]`, and the angles of its planes, [units, planes], where it has coordinates that turn. */
export interface Move {
  readonly indices: Int32Array;
  readonly signs?: Float32Array;
  readonly angles?: Float64Array;
}
/** Current move of every group. */
export type Moves = ReadonlyMap<string, Move>;

/**
 * What the assignment costs of one group are made of. Every axis on which the group acts contributes a matrix [units, the tensor's other
 * entries]; the costs are C = A B'^T summed over these, B' being B with its other axes permuted. All contributions are laid side by side:
 * `constant` those whose other axes no group moves, `moving` the rest. Permuting other axes then only reorders columns, so a single
 * gather and product gives all moving costs. Of a group with signs the costs are of either sign; what its signs do not change (`gains`) is apart, and so are
 * coordinates in planes, whose products depend on angles (`planes`). What belongs to a nest is shared among its
 * units, so that an assignment that keeps nests together gets all of it.
 */
export interface Contraction {
  readonly group: string;
  readonly units: number;
  /** Units of each nest, of a group whose units lie in nests. */
  readonly nest?: number;
  readonly constant: Sides;
  readonly moving: Sides;
  /** Of a group whose units have signs: what is the same for both. Absent: the group has none. */
  readonly gains?: Sides;
  /** Of a group whose units have coordinates in planes. */
  readonly planes?: PlaneSides;
  /** Groups that the moving costs depend on. */
  readonly neighbours: ReadonlySet<string>;
  /** What the moving columns of B' are under the given moves, as a sum: of one term, or, where coordinates of another group turn, of one for each of those that a column is then made of. */
  columnsUnder(moves: Moves): readonly Columns[];
}

/** For each column of B' a column of B, and what that is multiplied by: null for 1. */
export interface Columns {
  readonly from: Int32Array;
  readonly factors: Float32Array | null;
}

export interface Sides {
  readonly width: number;
  /** [units, width] */
  readonly a: Float32Array;
  /** [width, units]: transposed, so that reordering its columns moves whole rows. */
  readonly bTransposed: Float32Array;
}

/** One place where the group acts: a factor of one segment of one axis of one tensor. */
interface Part {
  readonly spec: AxisSpec;
  readonly axis: number;
  /** Where the segment begins on the axis. */
  readonly offset: number;
  readonly factor: AxisFactor;
  /** Factors of the segment before and after the one that the group moves. */
  readonly before: readonly AxisFactor[];
  readonly after: readonly AxisFactor[];
  /** Entries of the tensor that one unit owns. */
  readonly width: number;
  /** Groups that move these entries, other than by moving the unit. */
  readonly neighbours: readonly string[];
}

/** Lays out the contraction of `group` over all axes that carry it. */
export function contractionOf(group: string, units: number, specs: readonly AxisSpec[], a: HostTensors, b: HostTensors): Contraction {
  const parts = specs.flatMap((spec) => spec.axes.flatMap((_, axis) => partsOf(group, spec, axis)));
  const isSigned = groupKinds(specs).get(group) === 'signed-permutation';
  const nest = groupNests(specs).get(group);
  const isGain = ({ factor }: Part): boolean => isSigned && factor.as === 'gains';
  const isTurned = ({ before, after }: Part): boolean => [...before, ...after].some(({ planesOf }) => planesOf === group);
  const [gains, turned] = [parts.filter(isGain), parts.filter(isTurned)];
  const rest = parts.filter((part) => !isGain(part) && !isTurned(part));
  const moving = rest.filter(({ neighbours }) => neighbours.length > 0);
  const constant = rest.filter(({ neighbours }) => neighbours.length === 0);
  return {
    group,
    units,
    ...(nest === undefined ? {} : { nest }),
    constant: sides(constant, units, a, b),
    moving: sides(moving, units, a, b),
    ...(isSigned ? { gains: sides(gains, units, a, b) } : {}),
    ...(groupPlanes(specs).has(group) ? { planes: { ...planeSides(group, turned), sides: sides(turned, units, a, b) } } : {}),
    neighbours: new Set([...moving, ...turned].flatMap(({ neighbours }) => neighbours)),
    columnsUnder: (moves) => columnsOf(moving, moves),
  };
}

function partsOf(group: string, spec: AxisSpec, axis: number): Part[] {
  const symmetry = spec.axes[axis] ?? null;
  if (symmetry === null) return [];
  const entries = sizeOf(spec.shape) / spec.shape[axis]!;
  const elsewhere = spec.axes.flatMap((other, k) => (k === axis ? [] : axisSegments(spec.name, other, spec.shape[k]!).flat()));
  const parts: Part[] = [];
  let offset = 0;
  for (const factors of axisSegments(spec.name, symmetry, spec.shape[axis]!)) {
    factors.forEach((factor, k) => {
      if (factor.group !== group) return;
      const [before, after] = [factors.slice(0, k), factors.slice(k + 1)];
      const neighbours = [...elsewhere, ...before, ...after].flatMap((other) => other.group ?? []);
      parts.push({ spec, axis, offset, factor, before, after, width: entries * factorsSize(before) * factorsSize(after), neighbours });
    });
    offset += factorsSize(factors);
  }
  return parts;
}

function sides(parts: readonly Part[], units: number, a: HostTensors, b: HostTensors): Sides {
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const out = { width, a: new Float32Array(units * width), bTransposed: new Float32Array(width * units) };
  let start = 0;
  for (const part of parts) {
    const [aData, bData] = [a[part.spec.name]!, b[part.spec.name]!];
    const { outer, length, inner, before, after } = spans(part);
    const share = part.factor.as === 'nests' ? part.factor.nest! : 1;
    const entries = units / share;
    for (let p = 0, within = 0; p < before; p++) {
      for (let t = 0; t < after; t++, within++) {
        for (let o = 0; o < outer; o++) {
          const to = start + (within * outer + o) * inner;
          for (let u = 0; u < units; u++) {
            const from = (o * length + part.offset + (p * entries + Math.floor(u / share)) * after + t) * inner;
            for (let i = 0; i < inner; i++) {
              out.a[u * width + to + i] = aData[from + i]! / share;
              out.bTransposed[(to + i) * units + u] = bData[from + i]!;
            }
          }
        }
      }
    }
    start += part.width;
  }
  return out;
}

/** Coordinates of the columns of parts, in the order of `sides`. */
function planeSides(group: string, parts: readonly Part[]): Omit<PlaneSides, 'sides'> {
  let start = 0;
  const columns = parts.map(({ before, after, width }) => {
    const within = [...before, ...after];
    const found = planeColumns(group, within, width / factorsSize(within), start);
    start += width;
    return found;
  });
  return {
    planes: columns[0]!.planes,
    coordinates: Int32Array.from(columns.flatMap(({ coordinates }) => [...coordinates])),
    partners: Int32Array.from(columns.flatMap(({ partners }) => [...partners])),
    columnsUnder: (moves) => columnsOf(parts, moves),
  };
}

/** Columns of a part are ordered (factors before, factors after, axes before, axes after); see `sides`. */
function columnsOf(parts: readonly Part[], moves: Moves): Columns[] {
  const isMixed = [...moves.values()].some(({ signs, angles }) => signs !== undefined || angles !== undefined);
  const rows = parts.map((part) => {
    const { name, shape, axes } = part.spec;
    const others = [...shape.keys()].filter((k) => k !== part.axis);
    const along: Segments[] = [[[...part.before, ...part.after]], ...others.map((k) => axisSegments(name, axes[k]!, shape[k]!))];
    const turned = along.flatMap((segments, k) => (segments.some((factors) => turnOf(factors, moves) !== null) ? [k] : []));
    return { width: part.width, along, turned };
  });
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const terms = 2 ** Math.max(0, ...rows.map(({ turned }) => turned.length));
  return Array.from({ length: terms }, (_, term): Columns => {
    const columns = { from: new Int32Array(width), factors: isMixed ? new Float32Array(width) : null };
    let start = 0;
    for (const row of rows) {
      const shape = row.along.map(segmentsSize);
      let source = Int32Array.from({ length: row.width }, (_, k) => start + k);
      // Bits say which of the axes that turn give the other coordinate of a plane. Without so many there is nothing to add.
      const own = new Float32Array(row.width).fill(term < 2 ** row.turned.length ? 1 : 0);
      let inner = row.width;
      row.along.forEach((segments, k) => {
        const bit = row.turned.indexOf(k);
        const entries = entriesUnder(segments, moves, bit >= 0 && ((term >> bit) & 1) === 1);
        inner /= shape[k]!;
        if (entries === null) return;
        source = gatherAxis(source, shape, k, entries.indices);
        if (isMixed) for (let at = 0; at < row.width; at++) own[at]! *= entries.factors[Math.floor(at / inner) % shape[k]!]!;
      });
      columns.from.set(source, start);
      columns.factors?.set(own, start);
      start += row.width;
    }
    return columns;
  });
}

type Segments = readonly (readonly AxisFactor[])[];

/** For each entry of an axis the entry that moves there, and what it is multiplied by: of coordinates that turn the same one, or, `isAcross`, the other one of its plane. Null where all stay. */
function entriesUnder(segments: Segments, moves: Moves, isAcross: boolean): { indices: Int32Array; factors: Float32Array } | null {
  const elementOf = (group: string) => moves.get(group)?.indices;
  if (segments.flat().every(({ group, planesOf }) => !moves.has(group ?? planesOf ?? ''))) return null;
  const size = segmentsSize(segments);
  const [indices, factors] = [new Int32Array(size), new Float32Array(size)];
  let offset = 0;
  for (const own of segments) {
    const [within, signs] = [productIndices(own, elementOf), signsOf(own, moves)];
    const turn = turnOf(own, moves);
    for (let e = 0; e < within.length; e++) {
      let [from, factor] = [e, isAcross && turn === null ? 0 : signs[e]!];
      if (turn !== null) {
        const { planes, across, angles } = turn;
        const [unit, coordinate] = [turn.unitOf(e), turn.coordinateOf(e)];
        const isFirst = coordinate < planes;
        const angle = angles[unit * planes + (coordinate % planes)]!;
        if (isAcross) from = isFirst ? e + across : e - across;
        factor *= isAcross ? (isFirst ? -1 : 1) * Math.sin(angle) : Math.cos(angle);
      }
      indices[offset + e] = offset + within[from]!;
      factors[offset + e] = factor;
    }
    offset += within.length;
  }
  return { indices, factors };
}

/** What turns the entries of one segment; null where nothing does. */
function turnOf(factors: readonly AxisFactor[], moves: Moves): (PlaneEntries & { readonly angles: Float64Array }) | null {
  const group = factors.find(({ planesOf }) => planesOf !== undefined)?.planesOf;
  const angles = group === undefined ? undefined : moves.get(group)?.angles;
  const entries = angles === undefined ? null : planeEntries(factors, group!);
  return entries && { ...entries, angles: angles! };
}

/** Signs of the entries of one segment. */
function signsOf(factors: readonly AxisFactor[], moves: Moves): Float32Array {
  let signs = Float32Array.of(1);
  for (const { group, size, as } of factors) {
    const own = group === null || as === 'gains' ? undefined : moves.get(group)?.signs;
    const before = signs;
    signs = Float32Array.from({ length: before.length * size }, (_, k) => before[Math.floor(k / size)]! * (own?.[k % size] ?? 1));
  }
  return signs;
}

function gatherAxis(values: Int32Array, shape: readonly number[], axis: number, indices: Int32Array): Int32Array<ArrayBuffer> {
  const length = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Int32Array.from(values, (_, k) => {
    const within = k % inner;
    const along = Math.floor(k / inner) % length;
    const before = k - within - along * inner;
    return values[before + indices[along]! * inner + within]!;
  });
}

function spans({ spec: { shape }, axis, before, after }: Part): Record<'outer' | 'length' | 'inner' | 'before' | 'after', number> {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    length: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
    before: factorsSize(before),
    after: factorsSize(after),
  };
}

const sizeOf = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);
const segmentsSize = (segments: Segments): number => segments.reduce((sum, factors) => sum + factorsSize(factors), 0);
const factorsSize = (factors: readonly AxisFactor[]): number => sizeOf(factors.map(({ size }) => size));
