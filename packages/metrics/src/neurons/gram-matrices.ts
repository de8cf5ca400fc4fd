import { transposed } from '@basinlab/tensor/linear-algebra';
import type { Basis } from './projection.js';
import { checkLayer, type NeuronLayer } from './neuron-layer.js';
import { gramOfSlot } from './slots.js';

/** S_i = U^T D_i^2 U of every neuron in the given basis, [units, dimension, dimension] float64: how its trained weights reach the span. */
export function gramMatrices(layer: NeuronLayer, basis: Basis): Float64Array {
  checkLayer('gram-matrices', layer);
  const { units, inputs, scale } = layer;
  const { dimension, directions } = basis;
  const columns = transposed(directions, dimension, inputs);
  const rows = Int32Array.from({ length: inputs }, (_, input) => input);
  const out = new Float64Array(units * dimension ** 2);
  for (let unit = 0; unit < units; unit++) {
    const scales = Float64Array.from(rows, (input) => scale?.[unit * inputs + input] ?? 1);
    out.set(gramOfSlot(columns, dimension, { rows, scales }), unit * dimension ** 2);
  }
  return out;
}
