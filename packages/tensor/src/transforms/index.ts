export { deviceCount, jit, map, mixtures, scan, vmap, whileLoop } from './dispatch.js';
export { compiled } from './compiled.js';
export { registerTransforms } from './dispatch.js';
export type { CallOf, Jitted, JitOptions, ResultOf, TensorFunction, Transforms, VmapOptions } from './contract.js';
export { mixLeaves, mixTrees } from './mix.js';
export { commonLength, leafAxes } from './axes.js';
