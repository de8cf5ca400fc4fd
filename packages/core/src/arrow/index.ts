export { fromArrow } from './from-arrow.js';
export type { FromArrowOptions } from './from-arrow.js';
export { decodeArrow, encodeArrow } from './ipc.js';
export { toArrow } from './to-arrow.js';
