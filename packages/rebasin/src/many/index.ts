export { matchMany, transformBetween, type ManyMatching, type MatchManyOptions } from './match-many.js';
export { meanOf } from './mean.js';
export { mergeModels, type MergedModels } from './merge-models.js';
