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

/**
 * Assigns every free row along a shortest augmenting path (Dijkstra over reduced costs); false where a row can reach no free column: the
 * problem is infeasible.
 */
export function augment({ columns, costs, v, columnOf, rowOf }: AssignmentState): boolean {
  // Of open columns. A settled one has an infinite distance and price, so that the inner loop needs no list and no flag to pass it by.
  const distance = new Float64Array(columns);
  const price = new Float64Array(columns);
  const reachedFrom = new Int32Array(columns);
  const settled = new Int32Array(columns);
  const settledAt = new Float64Array(columns);
  for (const start of freeRows(columnOf)) {
    distance.fill(Infinity);
    price.set(v);
    let count = 0;
    let least = 0;
    let end = -1;
    for (let row = start, offset = 0; end === -1;) {
      const base = row * columns;
      let nearest = -1;
      least = Infinity;
      for (let j = 0; j < columns; j++) {
        const d = costs[base + j]! - price[j]! - offset;
        let known = distance[j]!;
        if (d < known) {
          known = d;
          distance[j] = d;
          reachedFrom[j] = row;
        }
        // Among the nearest a free column, which ends the path.
        if (known <= least && (known < least || rowOf[j] === -1)) {
          least = known;
          nearest = j;
        }
      }
      if (least === Infinity) return false;
      if (rowOf[nearest] === -1) {
        end = nearest;
      } else {
        settled[count] = nearest;
        settledAt[count++] = least;
        row = rowOf[nearest]!;
        offset = costs[row * columns + nearest]! - v[nearest]! - least;
        distance[nearest] = Infinity;
        price[nearest] = -Infinity;
      }
    }
    for (let k = 0; k < count; k++) {
      const j = settled[k]!;
      v[j] = v[j]! + settledAt[k]! - least;
    }
    for (let j = end; ;) {
      const from = reachedFrom[j]!;
      rowOf[j] = from;
      const previous = columnOf[from]!;
      columnOf[from] = j;
      if (from === start) break;
      j = previous;
    }
  }
  return true;
}

/** Rows without a column, in order. */
export function freeRows(columnOf: Int32Array): Int32Array {
  const free: number[] = [];
  columnOf.forEach((column, row) => {
    if (column === -1) free.push(row);
  });
  return Int32Array.from(free);
}
