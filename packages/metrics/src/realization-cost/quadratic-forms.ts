import { choleskyFactor, invertLower, symmetricEigen } from '@basinlab/tensor/linear-algebra';
import { gramOfSlot, principalMinor, type Slot } from '../neurons/slots.js';

/**
 * The cost of a slot as a quadratic form in b = a - v: b^T S^+ b = |factor z|^2, plus |b|^2 where `plain`. z is b itself, or the entries `rows`
 * of U b.
 */
export interface QuadraticForm {
  readonly plain: boolean;
  /** Null: z = b. */
  readonly rows: Int32Array | null;
  /** [height, width] row-major; width is the length of z. Without a span it may lie in the tables' scratch: to be read before the next form. */
  readonly factor: Float64Array;
  readonly height: number;
  readonly width: number;
  /** [span, width]: |span z| is the length of the part of b that the slot can reach. Null: it can reach all. */
  readonly span: { readonly factor: Float64Array; readonly height: number } | null;
  /** So badly conditioned that float32 would show. */
  readonly delicate: boolean;
}

/** Below this ratio of pivots Cholesky factors lose too much, and eigenvectors are used. */
const SINGULAR = 1e-10;
const DELICATE = 1e-4;

export interface SubspaceTables {
  readonly inputs: number;
  readonly dimension: number;
  /** U, [inputs, dimension]. */
  readonly basis: Float64Array;
  /** U U^T, [inputs, inputs]. */
  readonly projector: Float64Array;
  /** Room for the largest factor: forms of hundreds of slots would otherwise leave as many matrices behind. */
  readonly scratch: Float64Array;
}

/** The quadratic form of a slot. Cholesky factors of the smallest matrix that does, eigenvectors of S where that is singular: never fails. */
export function quadraticForm(slot: Slot, tables: SubspaceTables): QuadraticForm {
  switch (slot.kind) {
    case 'fixed':
      return fixedForm(slot, tables) ?? eigenForm(identityMinus(slot, tables), tables.dimension);
    case 'trained':
      return trainedForm(slot, tables) ?? eigenForm(gramOfSlot(tables.basis, tables.dimension, slot), tables.dimension);
    case 'direct':
      return directForm(slot, tables);
    default:
      return slot.kind satisfies never;
  }
}

/** Woodbury: (I - U_R^T U_R)^-1 = I + U_R^T (I - P_RR)^-1 U_R, and |L^-1 U_R b|^2 with L L^T = I - P_RR. */
function fixedForm({ rows }: Slot, { inputs, projector, scratch }: SubspaceTables): QuadraticForm | null {
  const size = rows.length;
  const inner = scratch.subarray(0, size * size).fill(0);
  for (let i = 0; i < size; i++) {
    const from = rows[i]! * inputs;
    for (let j = 0; j <= i; j++) inner[i * size + j] = -projector[from + rows[j]!]!;
    inner[i * (size + 1)]! += 1;
  }
  const condition = choleskyFactor(inner, size);
  if (condition < SINGULAR) return null;
  invertLower(inner, size);
  return { plain: true, rows, factor: inner, height: size, width: size, span: null, delicate: condition < DELICATE };
}

/** With M = (D U)_R^T and K = M^T M of full rank: S^+ = M K^-2 M^T, so the cost is |K^-1 D U_R b|^2, and |L^-1 D U_R b| the reachable part. */
function trainedForm({ rows, scales }: Slot, { inputs, projector }: SubspaceTables): QuadraticForm | null {
  const size = rows.length;
  const factor = principalMinor(projector, inputs, rows, scales);
  const condition = choleskyFactor(factor, size);
  if (condition < SINGULAR) return null;
  invertLower(factor, size);
  clearUpper(factor, size);
  const inverse = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i <= k; i++) {
      for (let j = 0; j <= k; j++) inverse[i * size + j]! += factor[k * size + i]! * factor[k * size + j]!;
    }
  }
  const scaled = (matrix: Float64Array): Float64Array => matrix.map((value, at) => value * scales[at % size]!);
  return {
    plain: false,
    rows,
    factor: scaled(inverse),
    height: size,
    width: size,
    span: { factor: scaled(factor), height: size },
    delicate: condition < DELICATE,
  };
}

function directForm(slot: Slot, { basis, dimension }: SubspaceTables): QuadraticForm {
  const gram = gramOfSlot(basis, dimension, slot);
  const factor = gram.slice();
  const condition = choleskyFactor(factor, dimension);
  if (condition < SINGULAR) return eigenForm(gram, dimension);
  invertLower(factor, dimension);
  clearUpper(factor, dimension);
  return { plain: false, rows: null, factor, height: dimension, width: dimension, span: null, delicate: condition < DELICATE };
}

function identityMinus({ rows }: Slot, { basis, dimension }: SubspaceTables): Float64Array {
  const removed = gramOfSlot(basis, dimension, { rows, scales: new Float64Array(rows.length).fill(1) });
  return removed.map((value, at) => (at % (dimension + 1) === 0 ? 1 : 0) - value);
}

/** Moore-Penrose inverse: directions whose eigenvalue is at most dimension * machine epsilon * the largest count as unreachable. */
function eigenForm(gram: Float64Array, dimension: number): QuadraticForm {
  const { values, vectors } = symmetricEigen(gram, dimension);
  const least = dimension * Number.EPSILON * Math.max(values[0] ?? 0, 0);
  const height = values.filter((value) => value > least).length;
  const span = vectors.slice(0, height * dimension);
  const factor = span.map((value, at) => value / Math.sqrt(values[Math.floor(at / dimension)]!));
  return { plain: false, rows: null, factor, height, width: dimension, span: { factor: span, height }, delicate: true };
}

function clearUpper(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) matrix.fill(0, i * n + i + 1, (i + 1) * n);
}
