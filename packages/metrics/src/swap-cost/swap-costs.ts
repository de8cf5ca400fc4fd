import { demand } from '@basinlab/tensor';

/**
 * What it costs that neurons i and j trade places, from realization costs [units, units] (slot, imitated neuron): t_ij = c_i(a_j) + c_j(a_i) -
 * c_i(a_i) - c_j(a_j), [units, units] row-major float64, symmetric with zero diagonal. Below 0 where both would fit better in the other's place;
 * 0 for a layer without symmetry breaking; Infinity where one cannot realize the other. The transposition cost of arXiv 2606.04754.
 */
export function swapCosts(costs: ArrayLike<number>, units: number): Float64Array {
  demand(costs.length === units * units, 'swap-cost', `costs of ${units} x ${units} pairs`, costs.length);
  const out = new Float64Array(units * units);
  for (let i = 0; i < units; i++) {
    for (let j = 0; j < i; j++) {
      // Grouped by imitated neuron, so that slots that are alike cancel exactly.
      const asJ = costs[i * units + j]! - costs[j * units + j]!;
      const asI = costs[j * units + i]! - costs[i * units + i]!;
      out[i * units + j] = asJ + asI;
      out[j * units + i] = asJ + asI;
    }
  }
  return out;
}

/** sign(x) sqrt(|x|) of every entry: the scale in which swap costs are drawn. */
export const signedRoot = (values: ArrayLike<number>): Float64Array =>
  Float64Array.from(values, (value) => Math.sign(value) * Math.sqrt(Math.abs(value)));
