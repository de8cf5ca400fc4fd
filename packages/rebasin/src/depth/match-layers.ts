import { demand } from '@basinlab/core';

/** What pairs of layers cost, and layers without a partner. */
export interface LayerCosts {
  /** Of layer i of the deeper model with layer j of the other, [deep][shallow]; Infinity: they cannot be a pair. */
  readonly pairs: readonly (readonly number[])[];
  /** Of layer i of the deeper model with a layer that passes on what it is given; Infinity: it needs a partner. */
  readonly alone: readonly number[];
}

/**
 * Partners of the layers of a model among those of a deeper one: the assignment of least sum among those that keep the order, by dynamic programming over both. Every layer of the shallower model
 * gets a partner.
 * @returns for each layer of the deeper model its partner's position, or null; null where no assignment has a finite cost
 */
export function matchLayers({ pairs, alone }: LayerCosts): readonly (number | null)[] | null {
  const deep = alone.length;
  const shallow = pairs[0]?.length ?? 0;
  demand(pairs.length === deep, 'matchLayers', `a row of costs for each of ${deep} layers`, pairs.length);
  // least[i][j]: of the first i layers of the deeper model and the first j of the other.
  const least = Array.from({ length: deep + 1 }, () => new Float64Array(shallow + 1).fill(Infinity));
  least[0]![0] = 0;
  for (let i = 1; i <= deep; i++)
    for (let j = 0; j <= shallow; j++) {
      const without = least[i - 1]![j]! + alone[i - 1]!;
      const together = j === 0 ? Infinity : least[i - 1]![j - 1]! + pairs[i - 1]![j - 1]!;
      least[i]![j] = Math.min(without, together);
    }
  if (least[deep]![shallow] === Infinity) return null;
  const partners: (number | null)[] = new Array<number | null>(deep).fill(null);
  for (let [i, j] = [deep, shallow]; i > 0; i--) {
    const together = j === 0 ? Infinity : least[i - 1]![j - 1]! + pairs[i - 1]![j - 1]!;
    if (together === Infinity || together > least[i]![j]!) continue;
    partners[i - 1] = --j;
  }
  return partners;
}
