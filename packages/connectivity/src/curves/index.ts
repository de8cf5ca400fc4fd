export { actOnChain, chainAt, chainCurve, chainProduct, layerName, pointOfChain } from './chain-curve.js';
export type { Chain, ChainElement } from './chain-curve.js';
export { inner, mapPoint, pointDistance, straightLine } from './curve.js';
export type { Curve, Motion, Point } from './curve.js';
export { curvature, measureCurve } from './geometry.js';
export type { CurveGeometry } from './geometry.js';
