import { Matrix } from 'ml-matrix';
import { exponential, type ExponentialFactors } from '../linear-algebra/index.js';

/** A matrix function of time with its first two derivatives, at one time. */
export interface Jet {
  readonly value: Matrix;
  readonly first: Matrix;
  readonly second: Matrix;
}

/** A matrix that does not move. */
export const still = (value: Matrix): Jet => ({
  value,
  first: Matrix.zeros(value.rows, value.columns),
  second: Matrix.zeros(value.rows, value.columns),
});

/** The product rule, twice. */
export const multiply = (a: Jet, b: Jet): Jet => ({
  value: a.value.mmul(b.value),
  first: Matrix.add(a.first.mmul(b.value), a.value.mmul(b.first)),
  second: Matrix.add(a.second.mmul(b.value), a.value.mmul(b.second)).add(a.first.mmul(b.first).mul(2)),
});

/** exp(t M_1) exp(t M_2) ... */
export const flow = (factors: ExponentialFactors, t: number): Jet => factors.map((m) => exponentialJet(m, t)).reduce(multiply);

/** The inverse of {@link flow}: ... exp(-t M_2) exp(-t M_1). */
export const inverseFlow = (factors: ExponentialFactors, t: number): Jet => flow(factors.map((m) => Matrix.mul(m, -1)).reverse(), t);

export const transposed = ({ value, first, second }: Jet): Jet => ({
  value: value.transpose(),
  first: first.transpose(),
  second: second.transpose(),
});

function exponentialJet(m: Matrix, t: number): Jet {
  const value = exponential(Matrix.mul(m, t));
  const first = m.mmul(value);
  return { value, first, second: m.mmul(first) };
}
