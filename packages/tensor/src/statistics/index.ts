export { emptyPairMoments, mergePairMoments, pairMoments, pairMomentsSync, type PairMoments } from './pair-moments.js';
export {
  addPairs,
  BATCHES_PER_READING,
  createPairAccumulator,
  emptyPairSums,
  readPairSums,
  type PairAccumulator,
  type PairSums,
} from './pair-sums.js';
