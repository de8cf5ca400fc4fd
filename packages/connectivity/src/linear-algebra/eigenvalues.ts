import { BasinlabError } from '@basinlab/core';
import type { Matrix } from 'ml-matrix';
import { demandSquare } from './checks.js';

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

const complex = (re: number, im = 0): Complex => ({ re, im });
const add = (a: Complex, b: Complex): Complex => complex(a.re + b.re, a.im + b.im);
const sub = (a: Complex, b: Complex): Complex => complex(a.re - b.re, a.im - b.im);
const mul = (a: Complex, b: Complex): Complex => complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
const conjugate = (a: Complex): Complex => complex(a.re, -a.im);
const size = (a: Complex): number => Math.hypot(a.re, a.im);

function squareRoot(a: Complex): Complex {
  const r = size(a);
  const re = Math.sqrt((r + Math.abs(a.re)) / 2);
  if (re === 0) return complex(0);
  return a.re >= 0 ? complex(re, a.im / (2 * re)) : complex(Math.abs(a.im) / (2 * re), a.im < 0 ? -re : re);
}

/** Steps per eigenvalue; a dozen is much. */
const most = 300;

/**
 * Eigenvalues of a real square matrix in no particular order, by QR steps with Wilkinson's shift on its Hessenberg form, in complex arithmetic.
 * (The double-shift iteration of ml-matrix does not end for some orthogonal matrices.)
 * @throws BasinlabError where the matrix is not square, holds values that are not finite, or the iteration does not end
 */
export function eigenvalues(a: Matrix): Complex[] {
  demandSquare('eigenvalues', a);
  const h = hessenberg(a.to2DArray()).map((row) => row.map((value) => complex(value)));
  const values: Complex[] = [];
  let last = h.length - 1;
  let steps = 0;
  while (last >= 0) {
    const first = startOfBlock(h, last);
    if (first === last) {
      values.push(h[last]![last]!);
      last--;
      steps = 0;
      continue;
    }
    if (++steps > most) throw new BasinlabError('eigenvalues', `convergence within ${most} steps`, 'none (are all values finite?)');
    // A shift out of the ordinary every now and then breaks cycles.
    const shift = steps % 12 === 0 ? complex(size(h[last]![last - 1]!), size(h[last]![last]!)) : wilkinsonShift(h, last);
    step(h, first, last, shift);
  }
  return values;
}

/** First row of the last block that does not split: an entry below the diagonal that is rounding counts as zero. */
function startOfBlock(h: Complex[][], last: number): number {
  for (let row = last; row > 0; row--) {
    const scale = size(h[row - 1]![row - 1]!) + size(h[row]![row]!);
    if (size(h[row]![row - 1]!) <= Number.EPSILON * (scale === 0 ? 1 : scale)) {
      h[row]![row - 1] = complex(0);
      return row;
    }
  }
  return 0;
}

/** The eigenvalue of the last two rows that is nearer to the last diagonal entry. */
function wilkinsonShift(h: Complex[][], last: number): Complex {
  const [a, b, c, d] = [h[last - 1]![last - 1]!, h[last - 1]![last]!, h[last]![last - 1]!, h[last]![last]!];
  const half = mul(sub(a, d), complex(0.5));
  const root = squareRoot(add(mul(half, half), mul(b, c)));
  const middle = mul(add(a, d), complex(0.5));
  const [plus, minus] = [add(middle, root), sub(middle, root)];
  return size(sub(plus, d)) < size(sub(minus, d)) ? plus : minus;
}

/** H - s = Q R, H becomes R Q + s, on rows `first` to `last` alone. */
function step(h: Complex[][], first: number, last: number, shift: Complex): void {
  for (let i = first; i <= last; i++) h[i]![i] = sub(h[i]![i]!, shift);
  const turns: { c: number; s: Complex }[] = [];
  for (let k = first; k < last; k++) {
    const [x, y] = [h[k]![k]!, h[k + 1]![k]!];
    const length = Math.hypot(size(x), size(y));
    // The plane rotation [c, conj(s); -s, c] with real c that takes y to zero.
    const phase = size(x) === 0 ? complex(1) : complex(x.re / size(x), x.im / size(x));
    const c = length === 0 ? 1 : size(x) / length;
    const s = length === 0 ? complex(0) : mul(mul(y, conjugate(phase)), complex(1 / length));
    turns.push({ c, s });
    for (let j = k; j <= last; j++) {
      const [upper, lower] = [h[k]![j]!, h[k + 1]![j]!];
      h[k]![j] = add(mul(upper, complex(c)), mul(conjugate(s), lower));
      h[k + 1]![j] = sub(mul(lower, complex(c)), mul(s, upper));
    }
  }
  turns.forEach(({ c, s }, at) => {
    const k = first + at;
    for (let i = first; i <= Math.min(k + 1, last); i++) {
      const [left, right] = [h[i]![k]!, h[i]![k + 1]!];
      h[i]![k] = add(mul(left, complex(c)), mul(right, s));
      h[i]![k + 1] = sub(mul(right, complex(c)), mul(left, conjugate(s)));
    }
  });
  for (let i = first; i <= last; i++) h[i]![i] = add(h[i]![i]!, shift);
}

/** A similar matrix with zeros below the first subdiagonal, by Householder reflections. */
function hessenberg(rows: number[][]): number[][] {
  const n = rows.length;
  for (let k = 0; k < n - 2; k++) {
    const vector = rows.slice(k + 1).map((row) => row[k]!);
    const length = Math.hypot(...vector);
    if (length === 0) continue;
    vector[0]! += vector[0]! < 0 ? -length : length;
    const scale = 2 / vector.reduce((sum, value) => sum + value * value, 0);
    for (let j = 0; j < n; j++) {
      const amount = scale * vector.reduce((sum, value, i) => sum + value * rows[k + 1 + i]![j]!, 0);
      vector.forEach((value, i) => (rows[k + 1 + i]![j]! -= amount * value));
    }
    for (const row of rows) {
      const amount = scale * vector.reduce((sum, value, i) => sum + value * row[k + 1 + i]!, 0);
      vector.forEach((value, i) => (row[k + 1 + i]! -= amount * value));
    }
  }
  return rows;
}
