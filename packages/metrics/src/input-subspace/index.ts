export { emptyInputMoments, inputMoments, inputMomentsSync, mergeInputMoments } from './input-moments.js';
export type { InputMoments, InputMomentsOptions } from './input-moments.js';
export { inputSubspace } from './metric.js';
export type { SubspaceState } from './metric.js';
export { convolutionPatches } from './patches.js';
export type { PatchOptions } from './patches.js';
export { principalSubspace } from './principal-subspace.js';
export type { PrincipalSubspace } from './principal-subspace.js';
