import { demand } from '@basinlab/core';
import { solveAssignment, type Assignment } from './solve.js';

/** Units of a nest, and the direction. */
export interface NestedAssignmentOptions {
  readonly units: number;
  /** Consecutive units of a nest; divides `units`. Default: units lie in no nests. */
  readonly nest?: number | undefined;
  /** As in `AssignmentOptions`. */
  readonly maximise?: boolean;
}

/**
 * The assignment of units to units, [units, units] row-major, that keeps nests together: every nest is paired with one, and its units with the units of that. Exact: what a
 * pair of nests is worth is the best assignment of their units, and nests are assigned by that. Takes an assignment of `nest` units for every pair of nests.
 * Experts are matched so in arXiv 2509.11348.
 * @throws BasinlabError where nests do not divide the units, and as `solveAssignment`
 */
export function solveNestedAssignment(
  costs: ArrayLike<number>,
  { units, nest, maximise = false }: NestedAssignmentOptions,
): Pick<Assignment, 'columnOf' | 'total'> {
  if (nest === undefined) return solveAssignment(costs, { rows: units, columns: units, maximise });
  const nests = units / nest;
  demand(Number.isInteger(nests), 'assignment', `nests that divide ${units} units`, nest);
  demand(costs.length === units * units, 'assignment', `a matrix of ${units} x ${units} = ${units * units} entries`, costs.length);
  const worth = new Float64Array(nests * nests);
  const within: Int32Array[] = [];
  const block = new Float64Array(nest * nest);
  for (let row = 0; row < nests; row++) {
    for (let column = 0; column < nests; column++) {
      for (let i = 0; i < nest; i++) {
        const from = (row * nest + i) * units + column * nest;
        for (let j = 0; j < nest; j++) block[i * nest + j] = costs[from + j]!;
      }
      const { columnOf, total } = solveAssignment(block, { rows: nest, columns: nest, maximise });
      worth[row * nests + column] = total;
      within.push(columnOf);
    }
  }
  const outer = solveAssignment(worth, { rows: nests, columns: nests, maximise });
  const columnOf = new Int32Array(units);
  outer.columnOf.forEach((column, row) => {
    const inner = within[row * nests + column]!;
    for (let i = 0; i < nest; i++) columnOf[row * nest + i] = column * nest + inner[i]!;
  });
  return { columnOf, total: outer.total };
}
