import { demand } from '@basinlab/tensor';
import { multiplyTransposed, transposed } from '@basinlab/tensor/linear-algebra';
import type { PrincipalSubspace } from '../input-subspace/principal-subspace.js';
import { checkLayer, type NeuronLayer } from './neuron-layer.js';

/** An orthonormal basis as rows, [dimension, inputs]. */
export type Basis = Pick<PrincipalSubspace, 'inputs' | 'dimension' | 'directions'>;

/** A layer's neurons seen through the span of its inputs, float64. */
export interface Projection {
  readonly units: number;
  readonly dimension: number;
  /** a_j = U^T (effective row j), [units, dimension]. */
  readonly coefficients: Float64Array;
  /** v_i = U^T (fixed row i), [units, dimension]. */
  readonly centers: Float64Array;
}

/** Coefficients and centers of every neuron in the basis. */
export function projectNeurons(id: string, layer: NeuronLayer, basis: Basis): Projection {
  checkLayer(id, layer);
  demand(layer.inputs === basis.inputs, id, `a subspace of ${layer.inputs} inputs`, basis.inputs);
  const { units, inputs, effective, shift } = layer;
  const { dimension, directions } = basis;
  const onto = (rows: ArrayLike<number>): Float64Array => multiplyTransposed(rows, directions, units, dimension, inputs);
  return {
    units,
    dimension,
    coefficients: onto(effective),
    centers: shift === undefined ? new Float64Array(units * dimension) : (ofFew(shift, units, basis) ?? onto(shift)),
  };
}

/** Rows times U where few of their entries are not 0, as of the fixed weights under a mask: the rows of U that they meet are added up. */
function ofFew(rows: ArrayLike<number>, units: number, { inputs, dimension, directions }: Basis): Float64Array | null {
  let count = 0;
  for (let at = 0, end = rows.length; at < end; at++) if (rows[at] !== 0) count++;
  if (count > rows.length / 4) return null;
  const basis = transposed(directions, dimension, inputs);
  const out = new Float64Array(units * dimension);
  for (let unit = 0, at = 0; unit < units; unit++) {
    const to = unit * dimension;
    for (let input = 0; input < inputs; input++, at++) {
      const value = rows[at]!;
      if (value === 0) continue;
      const from = input * dimension;
      for (let k = 0; k < dimension; k++) out[to + k]! += value * basis[from + k]!;
    }
  }
  return out;
}

/** The orthogonal projector U U^T onto the span, [inputs, inputs]. */
export function projector({ inputs, dimension, directions }: Basis): Float64Array {
  const basis = transposed(directions, dimension, inputs);
  return multiplyTransposed(basis, basis, inputs, inputs, dimension);
}
