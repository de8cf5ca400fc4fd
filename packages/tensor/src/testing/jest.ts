import type {} from 'expect';
import type { Numeric } from './allclose.js';
import type { Tolerance } from './first-difference.js';
import { toBeAllclose } from './matcher.js';

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    /** `|got - expected| <= atol + rtol * |expected|` for every element, and equal shapes where both sides have one. */
    toBeAllclose(this: Matchers<R, T>, expected: Numeric, tolerance?: Tolerance): R;
  }
}

/** `expect.extend(matchers)` brings `expect(got).toBeAllclose(expected, { rtol, atol, equalNaN })`. */
export const matchers = { toBeAllclose };
