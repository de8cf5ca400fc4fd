/**
 * Puts rows of `length` bytes into another order, in place: row i becomes what row `order[i]` was. Data sets are as large as everything else together,
 * and a second copy would be the most memory that a run ever takes.
 */
export function reorderRows(bytes: Uint8Array, length: number, order: Int32Array): void {
  const done = new Uint8Array(order.length);
  for (let first = 0; first < order.length; first++) {
    if (done[first] === 1) continue;
    // Along one cycle, whose first row comes last.
    const kept = bytes.slice(first * length, (first + 1) * length);
    let at = first;
    for (let from = order[at]!; from !== first; from = order[at]!) {
      bytes.copyWithin(at * length, from * length, (from + 1) * length);
      done[at] = 1;
      at = from;
    }
    bytes.set(kept, at * length);
    done[at] = 1;
  }
}
