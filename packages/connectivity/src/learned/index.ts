export { curveNetwork } from './curve-network.js';
export type { CurveNetwork, CurveNetworkOptions, CurveShape } from './curve-network.js';
