export { axisIndices, axisSegments, groupPlaces, productIndices } from './axis-segments.js';
export type { AxisSpec } from './axis-segments.js';
