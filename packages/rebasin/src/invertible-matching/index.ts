export { matchInvertible, type InvertibleMatching, type MatchInvertibleOptions } from './match-invertible.js';
export { solveMap, type MapSides } from './solve-map.js';
export { invertibleMatching, matchMaps, type InvertibleMatchingOptions } from './strategy.js';
