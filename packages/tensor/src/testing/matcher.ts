import { describeDifference, type Numeric } from './allclose.js';
import type { Tolerance } from './first-difference.js';

/** What a matcher tells its runner; that of jest and that of vitest have this shape in common. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/** `toBeAllclose` for `expect.extend` of either runner: `|got - expected| <= atol + rtol * |expected|`, and equal shapes where both sides have one. */
export function toBeAllclose(got: unknown, expected: Numeric, tolerance: Tolerance = {}): MatcherResult {
  const difference = describeDifference(got as Numeric, expected, tolerance);
  return {
    pass: difference === null,
    message: () => difference ?? 'expected the values to differ beyond the tolerance, but all are within it',
  };
}
