import type { Float32Arithmetic } from './arithmetic.js';

const float32 = (values: readonly number[]): readonly number[] => values.map(Math.fround);

// Two polynomials of degree 8 in w = -log(1 - x^2), highest power first. Giles 2012, "Approximating the erfinv function", single precision.
const CENTRAL = float32([
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
]);
const TAIL = float32([
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
]);

// log(1 + f) = f - f^2/2 + f^3 P(f) for sqrt(1/2) - 1 <= f < sqrt(2) - 1. Cephes `logf`.
const LOGARITHM = float32([
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
  3.3333331174e-1,
]);
// log(2) in two parts; the first has so few bits that its product with an exponent is exact.
const LOG2_HIGH = 0.693359375;
const LOG2_LOW = Math.fround(-2.1219444e-4);

/**
 * The inverse error function of x in (-1, 1), float32: the approximation that XLA uses, with its own logarithm instead of the engine's, which differs
 * from engine to engine. Largest error about 4e-6 relative, for |x| next to 1.
 */
export function inverseErrorFunction<T>(on: Float32Arithmetic<T>, x: T): T {
  const oneMinusSquare = on.plus(on.timesExactly(on.times(x, x), -1), 1);
  const w = on.timesExactly(logarithmBelowOne(on, oneMinusSquare), -1);
  const argument = on.ifLess(w, 5, on.minus(w, 2.5), on.minus(on.squareRoot(w), 3));
  let p = on.ifLess(w, 5, CENTRAL[0]!, TAIL[0]!);
  for (let i = 1; i < CENTRAL.length; i++) p = on.plus(on.times(p, argument), on.ifLess(w, 5, CENTRAL[i]!, TAIL[i]!));
  return on.times(p, x);
}

/** log(y) for y in [2^-24, 1], float32. */
function logarithmBelowOne<T>(on: Float32Arithmetic<T>, y: T): T {
  let mantissa = y;
  let exponent: T | undefined;
  for (const [bits, bound] of [
    [16, 2 ** -16],
    [8, 2 ** -8],
    [4, 2 ** -4],
    [2, 2 ** -2],
    [1, 0.5],
    [1, Math.fround(Math.SQRT1_2)],
  ] as const) {
    const before = mantissa;
    mantissa = on.ifLess(before, bound, on.timesExactly(before, 2 ** bits), before);
    exponent = exponent === undefined ? on.ifLess(before, bound, -bits, 0) : on.ifLess(before, bound, on.minus(exponent, bits), exponent);
  }
  const f = on.minus(mantissa, 1);
  const square = on.times(f, f);
  let p = on.plus(on.times(f, LOGARITHM[0]!), LOGARITHM[1]!);
  for (let i = 2; i < LOGARITHM.length; i++) p = on.plus(on.times(p, f), LOGARITHM[i]!);
  let rest = on.times(on.times(p, f), square);
  rest = on.plus(rest, on.times(exponent!, LOG2_LOW));
  rest = on.minus(rest, on.timesExactly(square, 0.5));
  return on.plus(on.plus(f, rest), on.timesExactly(exponent!, LOG2_HIGH));
}
