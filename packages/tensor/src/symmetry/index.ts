export { axisIndices, axisMatrix, axisSegments, groupPlaces, planeEntries, productIndices } from './axis-segments.js';
export type { AxisSpec, GroupPlace, PlaneEntries } from './axis-segments.js';
export { elementIndices, elementMatrix, elementSize } from './elements.js';
