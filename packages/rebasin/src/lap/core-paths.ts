import type { Core } from './core.js';
import { freeRows, type AssignmentState } from './kernel.js';

/** Rows without a path within the core after which the core is given up: it does not fit this matrix. */
const MOST_FAILURES = 8;

/**
 * Assigns free rows along shortest augmenting paths within the core, by Dijkstra's method with a heap. Rows that reach no free column there stay free.
 */
export function augmentInCore({ columns, v, columnOf, rowOf }: AssignmentState, { width, columnsOf, costsOf }: Core): void {
  const reachedFrom = new Int32Array(columns);
  const settled = new Int32Array(columns);
  const isSettled = new Uint8Array(columns);
  const queue = createQueue(columns);
  const { distance } = queue;
  let failures = 0;
  for (const start of freeRows(columnOf)) {
    let count = 0;
    let end = -1;
    let least = 0;
    for (let row = start, offset = 0; ;) {
      for (let at = row * width, stop = at + width; at < stop; at++) {
        const j = columnsOf[at]!;
        if (j === -1 || isSettled[j] === 1) continue;
        const d = costsOf[at]! - v[j]! - offset;
        if (!(d < distance[j]!)) continue;
        reachedFrom[j] = row;
        queue.move(j, d);
      }
      const nearest = queue.take();
      if (nearest === -1) break;
      least = distance[nearest]!;
      if (rowOf[nearest] === -1) {
        end = nearest;
        break;
      }
      isSettled[nearest] = 1;
      settled[count++] = nearest;
      row = rowOf[nearest]!;
      // An assigned pair is in the core of its row.
      offset = costsOf[columnsOf.indexOf(nearest, row * width)]! - v[nearest]! - least;
    }
    for (let k = 0; k < count; k++) {
      const j = settled[k]!;
      isSettled[j] = 0;
      if (end !== -1) v[j] = v[j]! + distance[j]! - least;
    }
    queue.clear();
    if (end === -1 && ++failures > MOST_FAILURES) return;
    for (let j = end; j !== -1;) {
      const from = reachedFrom[j]!;
      rowOf[j] = from;
      const previous = columnOf[from]!;
      columnOf[from] = j;
      j = from === start ? -1 : previous;
    }
  }
}

/** A binary heap of columns by their distance, which may fall while they wait; what was never reached is at Infinity. */
function createQueue(columns: number) {
  const distance = new Float64Array(columns).fill(Infinity);
  const heap = new Int32Array(columns);
  const placeOf = new Int32Array(columns);
  const reached = new Int32Array(columns);
  let [size, reaches] = [0, 0];
  const put = (j: number, place: number): void => {
    heap[place] = j;
    placeOf[j] = place;
  };
  return {
    distance,
    /** Brings a column to a smaller distance; one that was never reached joins. */
    move(j: number, d: number): void {
      let place = placeOf[j]!;
      if (distance[j] === Infinity) {
        reached[reaches++] = j;
        place = size++;
      }
      distance[j] = d;
      while (place > 0) {
        const above = (place - 1) >> 1;
        const other = heap[above]!;
        if (distance[other]! <= d) break;
        put(other, place);
        place = above;
      }
      put(j, place);
    },
    /** Takes the nearest column out; -1 where none waits. */
    take(): number {
      if (size === 0) return -1;
      const nearest = heap[0]!;
      const last = heap[--size]!;
      const d = distance[last]!;
      let place = 0;
      for (let below = 1; below < size; below = 2 * place + 1) {
        if (below + 1 < size && distance[heap[below + 1]!]! < distance[heap[below]!]!) below++;
        const other = heap[below]!;
        if (distance[other]! >= d) break;
        put(other, place);
        place = below;
      }
      put(last, place);
      return nearest;
    },
    clear(): void {
      for (let k = 0; k < reaches; k++) distance[reached[k]!] = Infinity;
      [size, reaches] = [0, 0];
    },
  };
}
