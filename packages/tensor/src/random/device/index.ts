/**
 * The host's samplers as tensor functions of a *tensor* key (int32 [2]): they run inside `jit`, `vmap` and `scan`, so that a compiled loop
 * draws its own numbers, and give the same bits as the host. Backends without the kernel `Threefry2x32` draw on the host (and so read
 * the key, which only an eager backend can).
 */
export { childKey, foldIn, split } from './key.js';
export { hostKey, keyTensor } from './kernels.js';
export { permutation } from './permutation.js';
export { bernoulli, normal, randomBits, randomInt, uniform } from './samplers.js';
