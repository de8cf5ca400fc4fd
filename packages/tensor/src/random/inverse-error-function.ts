import { ERF_INV_CENTRAL, ERF_INV_TAIL } from '../ops/erf-inv.js';
import type { Float32Arithmetic } from './arithmetic.js';

const float32 = (values: readonly number[]): readonly number[] => values.map(Math.fround);

// Polynomials of degree 8 in w = -log(1 - x^2), in float32: what the kernel evaluates.
const CENTRAL = float32(ERF_INV_CENTRAL);
const TAIL = float32(ERF_INV_TAIL);

// log(1 + f) = f - f^2/2 + f^3 P(f) for sqrt(1/2) - 1 <= f < sqrt(2) - 1. Cephes `logf`.
const LOGARITHM = float32([
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
  3.3333331174e-1,
]);

// A number below BOUNDS[i] is multiplied by 2^STEPS[i]: in the end it is in [sqrt(1/2), sqrt(2)).
const STEPS = [16, 8, 4, 2, 1, 1];
const FACTORS = STEPS.map((bits) => 2 ** bits);
const BOUNDS = [...STEPS.slice(0, -1).map((bits) => 2 ** -bits), Math.fround(Math.SQRT1_2)];

const LOG2_HIGH = 0.693359375;
const LOG2_LOW = Math.fround(-2.1219444e-4);

/**
 * The inverse error function of x in (-1, 1), float32: the approximation that XLA uses, with its own logarithm instead of the engine's, which differs
 * from engine to engine. Relative error up to 6e-6 next to |x| = 1
 * (as XLA's: the rounding of x^2), 1 unit in the last place on average.
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
  let exponent = on.timesExactly(y, 0);
  for (let i = 0; i < STEPS.length; i++) {
    exponent = on.ifLess(mantissa, BOUNDS[i]!, on.minus(exponent, STEPS[i]!), exponent);
    mantissa = on.ifLess(mantissa, BOUNDS[i]!, on.timesExactly(mantissa, FACTORS[i]!), mantissa);
  }
  const f = on.minus(mantissa, 1);
  const square = on.times(f, f);
  let p = on.plus(on.times(f, LOGARITHM[0]!), LOGARITHM[1]!);
  for (let i = 2; i < LOGARITHM.length; i++) p = on.plus(on.times(p, f), LOGARITHM[i]!);
  let rest = on.times(on.times(p, f), square);
  rest = on.plus(rest, on.times(exponent, LOG2_LOW));
  rest = on.minus(rest, on.timesExactly(square, 0.5));
  return on.plus(on.plus(f, rest), on.timesExactly(exponent, LOG2_HIGH));
}
