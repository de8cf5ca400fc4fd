import type { AssignmentState } from './kernel.js';
import { freeRows } from './kernel.js';

/**
 * The cheapest few entries of every row of a dense problem, among which nearly all of its optimal assignment lies (Volgenant 1996, "Linear and
 * semi-assignment problems: a core oriented approach"). Solving within the core first leaves little for the dense matrix; what the core got wrong
 * is found by one pass over all entries (`releaseRows`).
 */
export interface Core {
  /** Entries of each row. */
  readonly width: number;
  /** [rows, width]; -1 where a row has fewer. */
  readonly columnsOf: Int32Array;
  readonly costsOf: Float64Array;
}

/** Columns of which two entries are taken, the cheapest under the duals: as good as the cheapest of the row, and found in one pass. */
const BLOCK = 32;

/** Two entries of every block of columns, the assigned one among them. */
export function selectCore({ rows, columns, costs, v, columnOf }: AssignmentState): Core {
  const width = 2 * Math.ceil(columns / BLOCK);
  const columnsOf = new Int32Array(rows * width).fill(-1);
  const costsOf = new Float64Array(rows * width);
  for (let i = 0, at = 0; i < rows; i++) {
    const base = i * columns;
    for (let from = 0; from < columns; from += BLOCK, at += 2) {
      let [least, next] = [Infinity, Infinity];
      let [first, second] = [-1, -1];
      for (let j = from, end = Math.min(from + BLOCK, columns); j < end; j++) {
        const reduced = costs[base + j]! - v[j]!;
        if (reduced >= next) continue;
        if (reduced < least) {
          next = least;
          second = first;
          least = reduced;
          first = j;
        } else {
          next = reduced;
          second = j;
        }
      }
      const assigned = columnOf[i]!;
      if (assigned >= from && assigned < from + BLOCK && assigned !== second) first = assigned;
      columnsOf[at] = first;
      costsOf[at] = costs[base + first]!;
      if (second === -1) continue;
      columnsOf[at + 1] = second;
      costsOf[at + 1] = costs[base + second]!;
    }
  }
  return { width, columnsOf, costsOf };
}

/** `reduceRows` within the core. */
export function reduceRowsOfCore({ rows, v, columnOf, rowOf }: AssignmentState, { width, columnsOf, costsOf }: Core): void {
  let free = freeRows(columnOf);
  let budget = 8 * rows;
  for (let pass = 0; pass < 2; pass++) {
    const left: number[] = [];
    for (let position = 0; position < free.length;) {
      const i = free[position++]!;
      let [least, next] = [Infinity, Infinity];
      let [first, second] = [-1, -1];
      for (let at = i * width, end = at + width; at < end; at++) {
        const j = columnsOf[at]!;
        if (j === -1) continue;
        const reduced = costsOf[at]! - v[j]!;
        if (reduced >= next) continue;
        if (reduced < least) {
          next = least;
          second = first;
          least = reduced;
          first = j;
        } else {
          next = reduced;
          second = j;
        }
      }
      const lowered = v[first]! - (next - least);
      const falls = lowered < v[first]!;
      if (falls) v[first] = lowered;
      else if (rowOf[first] !== -1 && second !== -1) first = second;
      const displaced = rowOf[first]!;
      columnOf[i] = first;
      rowOf[first] = i;
      if (displaced === -1) continue;
      columnOf[displaced] = -1;
      if (falls && budget-- > 0) free[--position] = displaced;
      else left.push(displaced);
    }
    free = Int32Array.from(left);
  }
}

/** Frees every row for which some entry of the whole matrix is cheaper than its own under the duals, by more than rounding. */
export function releaseRows({ rows, columns, costs, v, columnOf, rowOf }: AssignmentState): void {
  for (let i = 0; i < rows; i++) {
    const own = columnOf[i]!;
    if (own === -1) continue;
    const base = i * columns;
    let least = Infinity;
    for (let j = 0; j < columns; j++) {
      const reduced = costs[base + j]! - v[j]!;
      if (reduced < least) least = reduced;
    }
    const [cost, dual] = [costs[base + own]!, v[own]!];
    if (least >= cost - dual - 1e-13 * (Math.abs(cost) + Math.abs(dual))) continue;
    columnOf[i] = -1;
    rowOf[own] = -1;
  }
}
