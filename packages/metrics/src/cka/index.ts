export { kernelCka, type KernelCkaOptions } from './kernel-cka.js';
export { createLinearCka, linearCka, type LinearCkaOptions, type LinearCkaState } from './linear-cka.js';
