export { emptyPairMoments, mergePairMoments, pairMoments, pairMomentsSync, type PairMoments } from './pair-moments.js';
