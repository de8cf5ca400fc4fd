export { checkTransform, composeTransforms, identityTransform, invertTransform, permutations } from './algebra.js';
export { applyTransform, applyTransformToArrays, type FloatArray } from './apply.js';
export { groupKinds, groupNests, groupPlanes, groupSizes, withGroups, type AxisSpec } from './axis-spec.js';
export { rotationAngles } from './rotation-angles.js';
export { moveOptimizerState } from './move-optimizer.js';
export { distanceToIdentity, elementKey } from './elements.js';
