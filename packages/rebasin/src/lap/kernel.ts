/**
 * The Jonker-Volgenant method for the linear assignment problem on float64 typed arrays (Jonker and Volgenant 1987, "A shortest augmenting
 * path algorithm for dense and sparse linear assignment problems"): cheap starts that assign most rows, then one shortest augmenting path
 * per row that is left. Minimises; rows <= columns; +Infinity marks a forbidden pair.
 *
 * Invariant throughout: with `v` as column duals every assigned pair is a cheapest column of its row, and a column that was never assigned
 * keeps its starting dual. Rectangular problems therefore start at v = 0, where only row-wise starts are allowed.
 */
export interface AssignmentState {
  readonly rows: number;
  readonly columns: number;
  /** Row-major [rows, columns]. */
  readonly costs: Float64Array;
  /** Column duals, updated in place. */
  readonly v: Float64Array;
  /** Column of each row, -1 while free. */
  readonly columnOf: Int32Array;
  /** Row of each column, -1 while free. */
  readonly rowOf: Int32Array;
}

/** Square problems without forbidden pairs: sets every column's dual to its minimum and assigns the row that attains it, if still free. */
export function reduceColumns({ rows, columns, costs, v, columnOf, rowOf }: AssignmentState): void {
  const best = new Int32Array(columns);
  for (let j = 0; j < columns; j++) v[j] = costs[j]!;
  for (let i = 1; i < rows; i++) {
    const base = i * columns;
    for (let j = 0; j < columns; j++) {
      const cost = costs[base + j]!;
      if (cost < v[j]!) {
        v[j] = cost;
        best[j] = i;
      }
    }
  }
  for (let j = columns - 1; j >= 0; j--) {
    const i = best[j]!;
    if (columnOf[i] !== -1) continue;
    columnOf[i] = j;
    rowOf[j] = i;
  }
}

/** Assigns to free rows their cheapest column under the given duals where that column is free: what a warm start keeps. */
export function assignTight({ rows, columns, costs, v, columnOf, rowOf }: AssignmentState, preferred: Int32Array | undefined): void {
  const cheapest = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const base = i * columns;
    let least = Infinity;
    for (let j = 0; j < columns; j++) {
      const reduced = costs[base + j]! - v[j]!;
      if (reduced < least) {
        least = reduced;
        cheapest[i] = j;
      }
    }
    // Of equally cheap columns keep the one assigned before, so that an unchanged problem has an unchanged solution.
    const before = preferred?.[i] ?? -1;
    if (before >= 0 && costs[base + before]! - v[before]! <= least) cheapest[i] = before;
  }
  for (let i = 0; i < rows; i++) {
    const j = cheapest[i]!;
    if (columnOf[i] !== -1 || rowOf[j] !== -1) continue;
    columnOf[i] = j;
    rowOf[j] = i;
  }
}

/** Augmenting row reduction, twice: each free row takes its cheapest column, lowering that column's dual until the second cheapest ties. */
export function reduceRows({ rows, columns, costs, v, columnOf, rowOf }: AssignmentState): void {
  let free = freeRows(columnOf);
  // Rounding can make the duals stop falling while rows still displace one another: the budget ends that.
  let budget = 8 * rows;
  for (let pass = 0; pass < 2; pass++) {
    const left: number[] = [];
    for (let position = 0; position < free.length;) {
      const i = free[position++]!;
      const base = i * columns;
      let first = -1;
      let second = -1;
      let least = Infinity;
      let next = Infinity;
      for (let j = 0; j < columns; j++) {
        const reduced = costs[base + j]! - v[j]!;
        if (reduced < next) {
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
      }
      const lowered = columns > 1 ? v[first]! - (next - least) : v[first]!;
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

/** Assigns every free row along a shortest augmenting path; false where a row can reach no free column (the problem is infeasible). */
export function augment({ columns, costs, v, columnOf, rowOf }: AssignmentState): boolean {
  const distance = new Float64Array(columns);
  const reachedFrom = new Int32Array(columns);
  // Columns in the order: settled [0, low), settled at the current distance but not yet scanned [low, high), open [high, columns).
  const order = new Int32Array(columns);
  for (const start of freeRows(columnOf)) {
    for (let j = 0; j < columns; j++) {
      distance[j] = costs[start * columns + j]! - v[j]!;
      reachedFrom[j] = start;
      order[j] = j;
    }
    let low = 0;
    let high = 0;
    let settled = 0;
    let least = 0;
    let end = -1;
    while (end === -1) {
      if (low === high) {
        settled = low;
        least = Infinity;
        for (let k = high; k < columns; k++) {
          const j = order[k]!;
          const d = distance[j]!;
          if (d > least) continue;
          if (d < least) {
            high = low;
            least = d;
          }
          order[k] = order[high]!;
          order[high++] = j;
        }
        if (least === Infinity) return false;
        for (let k = low; k < high && end === -1; k++) if (rowOf[order[k]!] === -1) end = order[k]!;
        if (end !== -1) break;
      }
      const column = order[low++]!;
      const row = rowOf[column]!;
      const base = row * columns;
      const offset = costs[base + column]! - v[column]! - least;
      for (let k = high; k < columns; k++) {
        const j = order[k]!;
        const d = costs[base + j]! - v[j]! - offset;
        if (d >= distance[j]!) continue;
        distance[j] = d;
        reachedFrom[j] = row;
        // Rounding may leave d just below the current distance: such a column is as near as the current ones.
        if (d > least) continue;
        if (rowOf[j] === -1) {
          end = j;
          break;
        }
        order[k] = order[high]!;
        order[high++] = j;
      }
    }
    for (let k = 0; k < settled; k++) {
      const j = order[k]!;
      v[j] = v[j]! + distance[j]! - least;
    }
    for (let j = end; ;) {
      const row = reachedFrom[j]!;
      rowOf[j] = row;
      const previous = columnOf[row]!;
      columnOf[row] = j;
      if (row === start) break;
      j = previous;
    }
  }
  return true;
}

function freeRows(columnOf: Int32Array): Int32Array {
  const free: number[] = [];
  columnOf.forEach((column, row) => {
    if (column === -1) free.push(row);
  });
  return Int32Array.from(free);
}
