export { functionClassDistances } from './function-class-distances.js';
export type { FunctionClassDistance, FunctionClassOptions } from './function-class-distances.js';
