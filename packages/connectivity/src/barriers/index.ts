export { bestPermutation } from './best-permutation.js';
export {
  factorForBarrier,
  forward,
  interpolateChains,
  leakyRelu,
  productDefect,
  rectifiedPower,
  rescale,
  rescaledPathLoss,
} from './homogeneous.js';
export type { HomogeneousActivation } from './homogeneous.js';
