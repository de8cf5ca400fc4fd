export { matchSemiPermutation, toSimplex, type SemiMatching, type UnitProducts } from './match.js';
export { widenUnits } from './widen-units.js';
export {
  applySemiPermutation,
  checkSemiPermutation,
  composeSemiPermutations,
  semiPermutation,
  type SemiPermutation,
} from './semi-permutation.js';
