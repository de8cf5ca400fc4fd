import type { SymmetryAxis } from '@basinlab/core';
import { expandBlocks } from '../transform/apply.js';
import type { AxisSpec } from '../transform/axis-spec.js';

/** Numbers of one network on the host, row-major, by name. */
export type HostTensors = Readonly<Record<string, ArrayLike<number>>>;
/** Current permutation of every group. */
export type Permutations = ReadonlyMap<string, Int32Array>;

/**
 * What the assignment costs of one group are made of. Every axis on which the group acts contributes a matrix [units, the tensor's other
 * entries]; the costs are C = A B'^T summed over these, B' being B with its other axes permuted. All contributions are laid side by side:
 * `constant` those whose other axes no group moves, `moving` the rest. Permuting other axes then only reorders columns, so a single
 * gather and product gives all moving costs.
 */
export interface Contraction {
  readonly group: string;
  readonly units: number;
  readonly constant: Sides;
  readonly moving: Sides;
  /** Groups that the moving costs depend on. */
  readonly neighbours: ReadonlySet<string>;
  /** For each moving column of B' the column of B that is there under the given permutations. */
  columnsUnder(permutations: Permutations): Int32Array;
}

export interface Sides {
  readonly width: number;
  /** [units, width] */
  readonly a: Float32Array;
  /** [width, units]: transposed, so that reordering its columns moves whole rows. */
  readonly bTransposed: Float32Array;
}

interface Part {
  readonly spec: AxisSpec;
  readonly axis: number;
  readonly others: readonly { axis: number; at: SymmetryAxis }[];
  /** Entries of the tensor that one unit owns. */
  readonly width: number;
}

/** Lays out the contraction of `group` over all axes that carry it. */
export function contractionOf(group: string, units: number, specs: readonly AxisSpec[], a: HostTensors, b: HostTensors): Contraction {
  const parts = specs.flatMap((spec): Part[] =>
    spec.axes.flatMap((at, axis) => {
      if (at?.group !== group) return [];
      const others = spec.axes.flatMap((other, k) => (other === null || k === axis ? [] : [{ axis: k, at: other }]));
      return [{ spec, axis, others, width: spec.shape.reduce((product, size) => product * size, 1) / units }];
    }),
  );
  const moving = parts.filter(({ others }) => others.length > 0);
  return {
    group,
    units,
    constant: sides(
      parts.filter(({ others }) => others.length === 0),
      units,
      a,
      b,
    ),
    moving: sides(moving, units, a, b),
    neighbours: new Set(moving.flatMap(({ others }) => others.map(({ at }) => at.group))),
    columnsUnder: (permutations) => columnsOf(moving, units, permutations),
  };
}

function sides(parts: readonly Part[], units: number, a: HostTensors, b: HostTensors): Sides {
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const out = { width, a: new Float32Array(units * width), bTransposed: new Float32Array(width * units) };
  let offset = 0;
  for (const part of parts) {
    const [aData, bData] = [a[part.spec.name]!, b[part.spec.name]!];
    const { outer, length, inner } = spans(part);
    const block = length / units;
    for (let o = 0; o < outer; o++) {
      for (let u = 0; u < units; u++) {
        for (let t = 0; t < block; t++) {
          const from = (o * length + u * block + t) * inner;
          const to = offset + (t * outer + o) * inner;
          for (let i = 0; i < inner; i++) {
            out.a[u * width + to + i] = aData[from + i]!;
            out.bTransposed[(to + i) * units + u] = bData[from + i]!;
          }
        }
      }
    }
    offset += part.width;
  }
  return out;
}

/** Columns of a part are ordered (entry within the unit's block, axes before, axes after); see `sides`. */
function columnsOf(parts: readonly Part[], units: number, permutations: Permutations): Int32Array {
  const columns = new Int32Array(parts.reduce((sum, part) => sum + part.width, 0));
  let offset = 0;
  for (const part of parts) {
    const { spec, axis, others } = part;
    const block = spec.shape[axis]! / units;
    const shape = [block, ...spec.shape.toSpliced(axis, 1)];
    let source = Int32Array.from({ length: part.width }, (_, k) => offset + k);
    for (const { axis: other, at } of others) {
      const indices = expandBlocks(permutations.get(at.group)!, at.block ?? 1);
      source = gatherAxis(source, shape, other < axis ? other + 1 : other, indices);
    }
    columns.set(source, offset);
    offset += part.width;
  }
  return columns;
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

function spans({ spec: { shape }, axis }: Part): { outer: number; length: number; inner: number } {
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
  return { outer: product(shape.slice(0, axis)), length: shape[axis]!, inner: product(shape.slice(axis + 1)) };
}
