import type { AlignmentSide, ParamSpec, WeightRebasinStrategy } from '@basinlab/core';

/** Pairs the units of each group by the lengths of their weights: the longest with the longest, and so on. No power of two numbers need be compared. */
export const myPluginRebasin: WeightRebasinStrategy = {
  id: 'my-plugin',
  summary: 'Units in the order of the lengths of their weights',
  needs: 'weights',
  async align(a, b, { specs, signal }) {
    signal?.throwIfAborted();
    const [lengthsA, lengthsB] = [await lengthsOf(a, specs), await lengthsOf(b, specs)];
    const elements = [...lengthsA].map(([group, lengths]) => {
      const [orderA, orderB] = [orderOf(lengths), orderOf(lengthsB.get(group)!)];
      // new[i] = old[indices[i]]: the unit of `b` that comes to where the unit of the same rank in `a` is.
      const indices = new Int32Array(lengths.length);
      orderA.forEach((unit, rank) => (indices[unit] = orderB[rank]!));
      return [group, { kind: 'permutation', indices }] as const;
    });
    return Object.fromEntries(elements);
  },
};

const orderOf = (lengths: Float64Array): number[] => [...lengths.keys()].sort((i, j) => lengths[i]! - lengths[j]!);

/**
 * Squared length of all weights of every unit, by group. A sum over the other axes of a parameter does not change when the units of other groups are exchanged.
 * Axes on which several groups act, or one in blocks, are passed over: the units of their groups are known by their other parameters.
 */
async function lengthsOf({ params }: AlignmentSide, specs: readonly ParamSpec[]): Promise<Map<string, Float64Array>> {
  const lengths = new Map<string, Float64Array>();
  for (const { name, shape, axes } of specs) {
    const values = await params[name]!.data();
    for (const [k, axis] of axes.entries()) {
      if (axis?.group === undefined || (axis.block ?? 1) !== 1) continue;
      const own = lengths.get(axis.group) ?? new Float64Array(shape[k]!);
      lengths.set(axis.group, own);
      const stride = shape.slice(k + 1).reduce((product, size) => product * size, 1);
      // The sum does not depend on the order of terms: each unit's are sorted before.
      const terms = Array.from(own, (): number[] => []);
      values.forEach((value, at) => terms[Math.floor(at / stride) % own.length]!.push(value ** 2));
      terms.forEach((squares, unit) => (own[unit]! += squares.sort((x, y) => x - y).reduce((sum, square) => sum + square, 0)));
    }
  }
  return lengths;
}
