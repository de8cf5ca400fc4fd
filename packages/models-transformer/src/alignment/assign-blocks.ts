import * as tf from '@tensorflow/tfjs-core';
import type { SymmetryTransform, Tensors } from '@basinlab/core';
import { permutations, solveAssignment } from '@basinlab/rebasin';
import { headCosts, unitCosts, type CircuitCosts } from './costs.js';

/** Assignments of heads and units of all blocks. */
export interface BlockAssignments {
  readonly elements: SymmetryTransform;
  /** Cost by group. */
  readonly totals: Readonly<Record<string, number>>;
  /** Duals of columns by group, in the order in which `elements` puts them. */
  readonly duals: ReadonlyMap<string, Float64Array>;
  /** Whether nothing moves. */
  readonly stays: boolean;
}

/**
 * Assigns heads and units of `b` to those of `a`, in every block for itself. The device is asked for all costs at once: it computes those of the next block while one is
 * assigned. `before`: assignments that `b` was moved by already, from which these are quick.
 */
export async function assignBlocks(
  a: Tensors,
  b: Tensors,
  options: { readonly blocks: readonly string[]; readonly costs: CircuitCosts; readonly before: BlockAssignments | null },
): Promise<BlockAssignments> {
  const { blocks, costs, before } = options;
  const matrices = blocks.flatMap((block) => [
    [`${block}.attention`, tf.tidy(() => headCosts(a, b, `${block}.attention`, costs))] as const,
    [`${block}.mlp`, tf.tidy(() => unitCosts(a, b, `${block}.mlp`, costs))] as const,
  ]);
  try {
    const totals: Record<string, number> = {};
    const duals = new Map<string, Float64Array>();
    const indices: [string, Int32Array][] = [];
    for (const [group, matrix] of matrices) {
      const units = matrix.shape[0];
      const known = before?.duals.get(group);
      const inPlace = Int32Array.from({ length: units }, (_, i) => i);
      const start = known && { start: { columnDuals: known, columnOf: inPlace } };
      const { columnOf, columnDuals, total } = solveAssignment(await matrix.data(), { rows: units, columns: units, ...start });
      totals[group] = total;
      indices.push([group, columnOf]);
      const moved = Float64Array.from(columnOf, (column) => columnDuals[column]!);
      duals.set(group, moved);
    }
    const stays = indices.every(([, columnOf]) => columnOf.every((column, i) => column === i));
    return { elements: permutations(indices), totals, duals, stays };
  } finally {
    tf.dispose(matrices.map(([, matrix]) => matrix));
  }
}
