import { BasinlabError } from '../errors.js';

const MAX_STEPS = 60;

/** What is done to eigenvectors i and i + 1 when the diagonals are turned in that plane. */
export type Rotate = (i: number, cosine: number, sine: number) => void;

/**
 * Turns three diagonals into eigenvalues, in no particular order, by QL steps with implicit shifts (Wilkinson and Reinsch, Handbook for Automatic
 * Computation II, 1971); both arrays are overwritten.
 * @throws BasinlabError for values that are not finite
 */
export function diagonalize(diagonal: Float64Array, beside: Float64Array, rotate?: Rotate): void {
  const n = diagonal.length;
  beside.copyWithin(0, 1);
  if (n > 0) beside[n - 1] = 0;
  for (let first = 0; first < n; first++) {
    for (let step = 0; ; step++) {
      let end = first;
      while (end < n - 1 && !negligible(beside[end]!, diagonal[end]!, diagonal[end + 1]!)) end++;
      if (end === first) break;
      if (step === MAX_STEPS) throw new BasinlabError('symmetricEigen', 'finite values', `no convergence in ${MAX_STEPS} steps`);
      qlStep(diagonal, beside, first, end, rotate);
    }
  }
}

function qlStep(diagonal: Float64Array, beside: Float64Array, first: number, end: number, rotate: Rotate | undefined): void {
  const quotient = (diagonal[first + 1]! - diagonal[first]!) / (2 * beside[first]!);
  const root = Math.hypot(quotient, 1);
  let shifted = diagonal[end]! - diagonal[first]! + beside[first]! / (quotient + (quotient < 0 ? -root : root));
  let cosine = 1;
  let sine = 1;
  let carried = 0;
  for (let i = end - 1; i >= first; i--) {
    const above = sine * beside[i]!;
    const across = cosine * beside[i]!;
    const length = Math.sqrt(above * above + shifted * shifted);
    beside[i + 1] = length;
    if (length === 0) {
      diagonal[i + 1]! -= carried;
      beside[end] = 0;
      return;
    }
    sine = above / length;
    cosine = shifted / length;
    const base = diagonal[i + 1]! - carried;
    const turn = (diagonal[i]! - base) * sine + 2 * cosine * across;
    carried = sine * turn;
    diagonal[i + 1] = base + carried;
    shifted = cosine * turn - across;
    rotate?.(i, cosine, sine);
  }
  diagonal[first]! -= carried;
  beside[first] = shifted;
  beside[end] = 0;
}

const negligible = (value: number, a: number, b: number): boolean => {
  const size = Math.abs(a) + Math.abs(b);
  return size + Math.abs(value) === size;
};
