export { firstDifference } from './first-difference.js';
export type { Difference, Tolerance } from './first-difference.js';
export { expectAllclose } from './allclose.js';
export type { Numeric } from './allclose.js';
export { toBeAllclose } from './matcher.js';
export type { MatcherResult } from './matcher.js';
