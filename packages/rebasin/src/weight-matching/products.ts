import type { Move } from './contraction.js';
import { anglesOf, bestTurn, valueOfTurn, type PlaneProducts } from './planes.js';

/** Of what pairing unit i of A with unit j of B is worth, [units of A, units of B] row-major. */
export interface Products {
  /** Inner products as the units are. */
  readonly products: Float32Array;
  /** Of a group with signs: what comes to them whatever the sign. */
  readonly gains?: Float32Array | undefined;
  /** Of a group whose units have coordinates in planes. */
  readonly turns?: PlaneProducts | undefined;
}

/** What each pair is worth with its better sign and its best angles. */
export function scoresOf({ products, gains, turns }: Products): Float32Array {
  const signed = gains === undefined ? products : products.map((product, k) => Math.abs(product) + gains[k]!);
  return turns === undefined ? signed : signed.map((score, k) => score + bestTurn(turns, k));
}

/** The move that an assignment makes, with the better sign and the best angles of each pair. */
export function moveOf({ products, gains, turns }: Products, indices: Int32Array): Move {
  const units = indices.length;
  return {
    indices,
    ...(gains && { signs: Float32Array.from(indices, (column, row) => (products[row * units + column]! < 0 ? -1 : 1)) }),
    ...(turns && { angles: Float64Array.from(Array.from(indices, (column, row) => anglesOf(turns, row * units + column)).flat()) }),
  };
}

/** What a move is worth. */
function valueOf({ products, gains, turns }: Products, { indices, signs, angles }: Move): number {
  const units = indices.length;
  let total = 0;
  for (let i = 0; i < units; i++) {
    const at = i * units + indices[i]!;
    total += (signs?.[i] ?? 1) * products[at]! + (gains?.[at] ?? 0);
    if (turns !== undefined) total += valueOfTurn(turns, at, angles!.subarray(i * turns.planes, (i + 1) * turns.planes));
  }
  return total;
}

/** Whether what an assignment is worth is more than what the units are as they are, by more than `least`. Angles come ever closer where those of two groups meet: of them a share of the worth must be gained. */
export function isGain(
  given: Products,
  total: number,
  { before, after, least }: { readonly before: Move; readonly after: Move; readonly least: number },
): boolean {
  const worth = valueOf(given, before);
  if (given.turns === undefined) return total > worth + least;
  return valueOf(given, after) > worth + least * Math.max(1, Math.abs(worth));
}
