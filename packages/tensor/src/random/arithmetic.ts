/**
 * Float32 arithmetic, written once for numbers and for tensors, so that host and device samplers run the same operations in the same order.
 *
 * IEEE addition, multiplication and square root are correctly rounded everywhere; what differs between compilers is whether a product
 * that feeds a sum is rounded before it (or contracted to a fused multiply-add). `times` always rounds; `timesExactly` may only be used where the product
 * needs no rounding, so that contraction cannot change it.
 */
export interface Float32Arithmetic<T> {
  plus(a: T, b: T | number): T;
  minus(a: T, b: T | number): T;
  times(a: T, b: T | number): T;
  timesExactly(a: T, b: T | number): T;
  squareRoot(a: T): T;
  floor(a: T): T;
  /** `a < bound ? yes : no`. */
  ifLess(a: T, bound: number, yes: T | number, no: T | number): T;
}

// Local names: a global is slow to reach where code runs in a context of its own, as under a test runner.
const { fround, floor, sqrt } = Math;

/** Float32 arithmetic on JavaScript numbers. */
export const onNumbers: Float32Arithmetic<number> = {
  plus: (a, b) => fround(a + b),
  minus: (a, b) => fround(a - b),
  times: (a, b) => fround(a * b),
  timesExactly: (a, b) => a * b,
  squareRoot: (a) => fround(sqrt(a)),
  floor: (a) => floor(a),
  ifLess: (a, bound, yes, no) => (a < bound ? yes : no),
};
