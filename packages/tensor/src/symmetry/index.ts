export { axisIndices, axisMatrix, axisSegments, groupPlaces, productIndices } from './axis-segments.js';
export type { AxisSpec, GroupPlace } from './axis-segments.js';
export { elementIndices, elementMatrix, elementSize } from './elements.js';
