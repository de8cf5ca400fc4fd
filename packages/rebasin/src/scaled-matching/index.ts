export { balanceUnits, matchScaling, type HostParams, type ScalingMatch } from './match-scaling.js';
export { matchScaled, scaledMatching, type ScaledMatchingOptions } from './strategy.js';
