export { fromStateDict } from './from-state-dict.js';
export type { FromStateDictOptions } from './from-state-dict.js';
export type { HostTensor, HostTensors, HostVariables } from './host-tensors.js';
export type { NetworkLayout } from './layout.js';
export { toStateDict } from './to-state-dict.js';
export type { StateDictOptions } from './to-state-dict.js';
export { gnnNaming, mlpNaming, resnetNaming, torchNamings } from './torch-naming.js';
export type { TorchModule, TorchNaming } from './torch-naming.js';
