import { demand } from '@basinlab/tensor';
import { multiplyTransposed, transposed } from '@basinlab/tensor/linear-algebra';
import { projectNeurons, type Basis } from '../neurons/projection.js';
import type { NeuronLayer } from '../neurons/neuron-layer.js';

/** Distances |v_i - v_j| between the projected centers (fixed parts) of a layer's neurons, [units, units] row-major float64. */
export function centerDistances(layer: NeuronLayer, subspace: Basis): Float64Array {
  const { units, dimension, centers } = projectNeurons('neuron-gaps', layer, subspace);
  return rowDistances(centers, units, dimension);
}

/**
 * How far apart a layer's own randomness keeps the functions of its neurons: gamma_out = sqrt(2) min over pairs of |v_i - v_j|, in [0, Infinity),
 * which grows as (scale of the fixed part) sqrt(k) m^(-2/k). The square root of the least swap cost of neurons that sit at their centers of a syre
 * layer. Infinity for fewer than two neurons. arXiv 2606.04754.
 */
export function outputGap(layer: NeuronLayer, subspace: Basis): number {
  return Math.SQRT2 * leastBesideDiagonal(centerDistances(layer, subspace), layer.units);
}

/**
 * How far apart the inputs of a layer are as its fixed weights see them: gamma_in = min over pairs of inputs a, b of |F U| restricted to their
 * difference, `fixedScale * sqrt(units) * min |U_a - U_b|` with the rows U_a of the basis, in [0, Infinity). It depends on the coherence of the
 * subspace: inputs that no direction tells apart (two that never vary among them) give 0. `fixedScale` is the deviation of the fixed
 * weights; the paper gives the order only, this is its value without a constant. Infinity for fewer than two inputs.
 */
export function inputGap({ inputs, dimension, directions }: Basis, { units, fixedScale }: { units: number; fixedScale: number }): number {
  demand(fixedScale >= 0 && units >= 0, 'neuron-gaps', 'fixedScale and units of at least 0', [fixedScale, units]);
  const distances = rowDistances(transposed(directions, dimension, inputs), inputs, dimension);
  return fixedScale * Math.sqrt(units) * leastBesideDiagonal(distances, inputs);
}

/** Distances between rows, [count, count]. Rows that are equal get exactly 0. */
function rowDistances(rows: Float64Array, count: number, width: number): Float64Array {
  const products = multiplyTransposed(rows, rows, count, count, width);
  const out = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [products[i * (count + 1)]!, products[j * (count + 1)]!];
      const square = x + y - 2 * products[i * count + j]!;
      // Near ones are summed again entry by entry: the products cancel.
      const distance = square > 1e-6 * (x + y) ? Math.sqrt(square) : distanceOf(rows, i * width, j * width, width);
      out[i * count + j] = distance;
      out[j * count + i] = distance;
    }
  }
  return out;
}

function distanceOf(rows: Float64Array, a: number, b: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += (rows[a + k]! - rows[b + k]!) ** 2;
  return Math.sqrt(sum);
}

function leastBesideDiagonal(matrix: Float64Array, size: number): number {
  let least = Infinity;
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) least = Math.min(least, matrix[i * size + j]!);
  return least;
}
