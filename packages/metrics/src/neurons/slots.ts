import type { Basis } from './projection.js';
import type { NeuronLayer } from './neuron-layer.js';

/**
 * How S_i = U^T D_i^2 U of a neuron is handled without forming it where something smaller tells the same. With P = U U^T and the rows R of U that
 * matter:
 *   fixed    D is 0 or 1 and at most k inputs are fixed: S = I - U_R^T U_R, R the fixed inputs (Woodbury with P_RR)
 *   trained  fewer than k inputs are trained: S = (D U)_R^T (D U)_R has their number as its rank at most (P_RR again)
 *   direct   neither: S itself, a sum over the trained inputs R
 * Inputs that the subspace does not touch are in no R.
 */
export interface Slot {
  readonly kind: 'fixed' | 'trained' | 'direct';
  readonly rows: Int32Array;
  /** D on `rows`; 0 for `fixed`. */
  readonly scales: Float64Array;
}

/** The slot of every neuron. `touched[input]` is the squared length of the input's row of U. */
export function slotsOf(layer: NeuronLayer, { dimension }: Basis, touched: ArrayLike<number>): Slot[] {
  const { units, inputs, scale } = layer;
  if (scale === undefined)
    return Array.from({ length: units }, () => ({ kind: 'fixed', rows: new Int32Array(), scales: new Float64Array() }));
  return Array.from({ length: units }, (_, unit): Slot => {
    const row = Float64Array.from({ length: inputs }, (__, input) => scale[unit * inputs + input]!);
    const pick = (keep: (value: number) => boolean): Pick<Slot, 'rows' | 'scales'> => {
      const rows = Int32Array.from(Array.from(row.keys()).filter((input) => touched[input]! > 0 && keep(row[input]!)));
      return { rows, scales: Float64Array.from(rows, (input) => row[input]!) };
    };
    const trained = pick((value) => value !== 0);
    if (trained.rows.length < dimension) return { kind: 'trained', ...trained };
    const fixed = pick((value) => value === 0);
    const binary = row.every((value) => value === 0 || value === 1);
    return binary && fixed.rows.length <= dimension ? { kind: 'fixed', ...fixed } : { kind: 'direct', ...trained };
  });
}

/** The entries [rows, rows] of the projector P, times the scales on both sides. */
export function principalMinor(projector: Float64Array, inputs: number, rows: Int32Array, scales?: Float64Array): Float64Array {
  const size = rows.length;
  const out = new Float64Array(size * size);
  for (let i = 0, at = 0; i < size; i++) {
    const from = rows[i]! * inputs;
    for (let j = 0; j < size; j++, at++) out[at] = projector[from + rows[j]!]! * (scales === undefined ? 1 : scales[i]! * scales[j]!);
  }
  return out;
}

/** S = sum over rows of scale^2 u u^T, [k, k]; `basis` is U, [inputs, k]. */
export function gramOfSlot(basis: Float64Array, dimension: number, { rows, scales }: Slot): Float64Array {
  const out = new Float64Array(dimension ** 2);
  rows.forEach((row, at) => {
    const weight = scales[at]! ** 2;
    for (let i = 0; i < dimension; i++) {
      const factor = weight * basis[row * dimension + i]!;
      for (let j = 0; j <= i; j++) out[i * dimension + j]! += factor * basis[row * dimension + j]!;
    }
  });
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) out[j * dimension + i] = out[i * dimension + j]!;
  return out;
}
