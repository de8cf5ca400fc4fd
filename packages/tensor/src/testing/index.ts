export { firstDifference } from './first-difference.js';
export type { Difference, Tolerance } from './first-difference.js';
export { expectAllclose, matchers } from './matchers.js';
export type { Numeric } from './matchers.js';
