import { demand } from '@basinlab/core';
import { Matrix } from 'ml-matrix';
import type { Chain } from '../curves/chain-curve.js';

/** More units than this have more permutations than anyone wants to try. */
const most = 8;

/**
 * The smallest value of `loss` over all exchanges of units between the last two layers of a chain, and the exchange that gives it (new[i] =
 * old[indices[i]]): by trying all of them. What proposition 5.4 of arXiv 2505.23681 says is unbounded even so.
 * @throws BasinlabError for more than 8 units
 */
export function bestPermutation(chain: Chain, loss: (permuted: Chain) => number): { readonly loss: number; readonly indices: Int32Array } {
  const units = chain.at(-1)!.columns;
  demand(
    units <= most,
    'bestPermutation',
    `at most ${most} units, all of whose permutations are tried`,
    units,
    'Use weight matching for more.',
  );
  let best = { loss: Infinity, indices: new Int32Array() };
  for (const indices of permutations(units)) {
    const value = loss(permuteLast(chain, indices));
    if (value < best.loss) best = { loss: value, indices: Int32Array.from(indices) };
  }
  return best;
}

function permuteLast(chain: Chain, indices: readonly number[]): Chain {
  const rows = chain.at(-2)!.to2DArray();
  const columns = chain.at(-1)!.to2DArray();
  return [
    ...chain.slice(0, -2),
    new Matrix(indices.map((from) => rows[from]!)),
    new Matrix(columns.map((row) => indices.map((from) => row[from]!))),
  ];
}

function* permutations(count: number, chosen: number[] = []): Generator<number[]> {
  if (chosen.length === count) yield chosen;
  for (let next = 0; next < count; next++) if (!chosen.includes(next)) yield* permutations(count, [...chosen, next]);
}
