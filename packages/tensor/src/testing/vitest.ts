import type {} from 'vitest';
import type { Numeric } from './allclose.js';
import type { Tolerance } from './first-difference.js';
import { toBeAllclose } from './matcher.js';

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an interface can only be extended with the type parameters that it has
  interface Matchers<T = any> {
    /** `|got - expected| <= atol + rtol * |expected|` for every element, and equal shapes where both sides have one. */
    toBeAllclose(expected: Numeric, tolerance?: Tolerance): T;
  }
}

/** `expect.extend(matchers)` brings `expect(got).toBeAllclose(expected, { rtol, atol, equalNaN })`. */
export const matchers = { toBeAllclose };
