export { builtinOptimizers } from './builtin.js';
export { adam, adamw } from './adam.js';
export type { AdamOptions } from './adam.js';
export { muon } from './muon.js';
export type { MuonOptions } from './muon.js';
export { rmsprop } from './rmsprop.js';
export type { RmspropOptions } from './rmsprop.js';
export { sgd } from './sgd.js';
export type { SgdOptions } from './sgd.js';
