import { demand } from '@basinlab/core';
import { multiplyTransposed, transposed } from '@basinlab/core/linear-algebra';
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
    centers: shift === undefined ? new Float64Array(units * dimension) : onto(shift),
  };
}

/** The orthogonal projector U U^T onto the span, [inputs, inputs]. */
export function projector({ inputs, dimension, directions }: Basis): Float64Array {
  const basis = transposed(directions, dimension, inputs);
  return multiplyTransposed(basis, basis, inputs, inputs, dimension);
}
