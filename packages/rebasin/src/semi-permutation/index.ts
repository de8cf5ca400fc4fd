export { matchSemiPermutation, toSimplex, type SemiMatching, type UnitProducts } from './match.js';
export {
  applySemiPermutation,
  checkSemiPermutation,
  composeSemiPermutations,
  semiPermutation,
  type SemiPermutation,
} from './semi-permutation.js';
