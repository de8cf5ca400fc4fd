export { checkTransform, composeTransforms, identityTransform, invertTransform, permutations } from './algebra.js';
export { applyTransform, applyTransformToArrays, type FloatArray } from './apply.js';
export { groupKinds, groupSizes, type AxisSpec } from './axis-spec.js';
export { distanceToIdentity } from './elements.js';
