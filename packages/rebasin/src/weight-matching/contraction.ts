import { axisIndices, axisSegments, productIndices, type AxisFactor, type AxisSpec } from '@basinlab/core';
import { groupKinds, groupNests } from '../transform/axis-spec.js';

/** Numbers of one network on the host, row-major, by name. */
export type HostTensors = Readonly<Record<string, ArrayLike<number>>>;
/** Where the unit at each place comes from, and its sign where the group has signs: `new[i] = signs[i] * old[indices[i]]`. */
export interface Move {
  readonly indices: Int32Array;
  readonly signs?: Float32Array;
}
/** Current move of every group. */
export type Moves = ReadonlyMap<string, Move>;

/**
 * What the assignment costs of one group are made of. Every axis on which the group acts contributes a matrix [units, the tensor's other
 * entries]; the costs are C = A B'^T summed over these, B' being B with its other axes permuted. All contributions are laid side by side:
 * `constant` those whose other axes no group moves, `moving` the rest. Permuting other axes then only reorders columns, so a single
 * gather and product gives all moving costs. Of a group with signs the costs are of either sign; what its signs do not change (`gains`) is apart. What belongs to a nest is shared among its
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
  /** Groups that the moving costs depend on. */
  readonly neighbours: ReadonlySet<string>;
  /** For each moving column of B' the column of B that is there under the given moves, and its sign where any group has signs. */
  columnsUnder(moves: Moves): Columns;
}

/** See {@link Contraction.columnsUnder}. */
export interface Columns {
  readonly from: Int32Array;
  readonly signs: Float32Array | null;
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
  const [gains, rest] = [parts.filter(isGain), parts.filter((part) => !isGain(part))];
  const moving = rest.filter(({ neighbours }) => neighbours.length > 0);
  const constant = rest.filter(({ neighbours }) => neighbours.length === 0);
  return {
    group,
    units,
    ...(nest === undefined ? {} : { nest }),
    constant: sides(constant, units, a, b),
    moving: sides(moving, units, a, b),
    ...(isSigned ? { gains: sides(gains, units, a, b) } : {}),
    neighbours: new Set(moving.flatMap(({ neighbours }) => neighbours)),
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

/** Columns of a part are ordered (factors before, factors after, axes before, axes after); see `sides`. */
function columnsOf(parts: readonly Part[], moved: Moves): Columns {
  const columns = new Int32Array(parts.reduce((sum, part) => sum + part.width, 0));
  const hasSigns = [...moved.values()].some(({ signs }) => signs !== undefined);
  const signs = hasSigns ? new Float32Array(columns.length) : null;
  const elementOf = (group: string) => moved.get(group)?.indices;
  let start = 0;
  for (const part of parts) {
    const { name, shape: sizes, axes } = part.spec;
    const others = sizes.map((_, k) => k).filter((k) => k !== part.axis);
    const within = [...part.before, ...part.after];
    const moves = [
      within.some(({ group }) => group !== null) ? productIndices(within, elementOf) : null,
      ...others.map((k) => axisIndices(name, axes[k]!, sizes[k]!, elementOf)),
    ];
    const shape = [factorsSize(within), ...others.map((k) => sizes[k]!)];
    let source = Int32Array.from({ length: part.width }, (_, k) => start + k);
    moves.forEach((indices, k) => {
      if (indices !== null) source = gatherAxis(source, shape, k, indices);
    });
    columns.set(source, start);
    signs?.set(columnSigns(part, shape, moved), start);
    start += part.width;
  }
  return { from: columns, signs };
}

/** What each column of a part is multiplied by, in the order of its places after the move. */
function columnSigns({ spec, axis, before, after, width }: Part, shape: readonly number[], moves: Moves): Float32Array {
  const others = [...spec.shape.keys()].filter((k) => k !== axis);
  const along = [
    signsOf([...before, ...after], moves),
    ...others.map((k) => {
      const segments = axisSegments(spec.name, spec.axes[k]!, spec.shape[k]!);
      return Float32Array.from(segments.flatMap((factors) => [...signsOf(factors, moves)]));
    }),
  ];
  const signs = new Float32Array(width).fill(1);
  let inner = width;
  along.forEach((own, k) => {
    const length = shape[k]!;
    inner /= length;
    for (let at = 0; at < width; at++) signs[at]! *= own[Math.floor(at / inner) % length]!;
  });
  return signs;
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
const factorsSize = (factors: readonly AxisFactor[]): number => sizeOf(factors.map(({ size }) => size));
