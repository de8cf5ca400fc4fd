import { multiplyTransposed } from '@basinlab/tensor/linear-algebra';
import type { Basis } from './projection.js';
import type { NeuronLayer } from './neuron-layer.js';

/**
 * How S_i = U^T D_i^2 U of a neuron is handled without forming it where something smaller tells the same. With P = U U^T and the rows R of U that
 * matter:
 *   trained  fewer than k inputs are trained: S = (D U)_R^T (D U)_R has their number as its rank at most, R the trained inputs
 *   fixed    D is 0 or 1 and not many more than k inputs are fixed: S = I - U_R^T U_R, R the fixed inputs (Woodbury with P_RR)
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
    const from = unit * inputs;
    const [trained, fixed] = [new Int32Array(inputs), new Int32Array(inputs)];
    let trainedCount = 0;
    let fixedCount = 0;
    let binary = true;
    for (let input = 0; input < inputs; input++) {
      const value = scale[from + input]!;
      binary &&= value === 0 || value === 1;
      if (!(touched[input]! > 0)) continue;
      if (value === 0) fixed[fixedCount++] = input;
      else trained[trainedCount++] = input;
    }
    const slot = (kind: Slot['kind'], all: Int32Array, count: number): Slot => {
      const [rows, scales] = [all.slice(0, count), new Float64Array(count)];
      for (let r = 0; r < count; r++) scales[r] = scale[from + rows[r]!]!;
      return { kind, rows, scales };
    };
    if (trainedCount < dimension) return slot('trained', trained, trainedCount);
    // Both factor one matrix and apply it to every neuron; to form S takes as many steps again as half the trained inputs.
    const work = (size: number): number => size ** 2 * (size / 3 + units);
    const direct = work(dimension) + (trainedCount * dimension ** 2) / 2;
    return binary && work(fixedCount) <= direct ? slot('fixed', fixed, fixedCount) : slot('direct', trained, trainedCount);
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
export function gramOfSlot(basis: Float64Array, dimension: number, { rows, scales }: Pick<Slot, 'rows' | 'scales'>): Float64Array {
  const count = rows.length;
  const taken = new Float64Array(dimension * count);
  for (let r = 0; r < count; r++) {
    const [from, scale] = [rows[r]! * dimension, scales[r]!];
    for (let k = 0; k < dimension; k++) taken[k * count + r] = scale * basis[from + k]!;
  }
  return multiplyTransposed(taken, taken, dimension, dimension, count);
}
