export { curveNetwork } from './curve-network.js';
export type { CurveNetwork, CurveNetworkOptions, CurveShape } from './curve-network.js';
export { learnPath, lossAlongPath, shapeOfPath } from './learn-path.js';
export type { LearnedPath, LearnPathOptions, PathExamples } from './learn-path.js';
