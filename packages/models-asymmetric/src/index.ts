export { deepLinear } from './architectures/deep-linear.js';
export type { DeepLinearOptions } from './architectures/deep-linear.js';
export { gnn } from './architectures/gnn.js';
export type { GnnOptions } from './architectures/gnn.js';
export { mlp } from './architectures/mlp.js';
export type { MlpOptions } from './architectures/mlp.js';
export { unitParams, unitState } from './architectures/conv-unit.js';
export type { ConvUnit } from './architectures/conv-unit.js';
export type { Norm } from './architectures/norm.js';
export { applyResidualBlock, residualBlock, unitsOf } from './architectures/residual-block.js';
export type { ResidualBlock, ResidualBlockPlace } from './architectures/residual-block.js';
export { resnet } from './architectures/resnet.js';
export type { ResNetOptions } from './architectures/resnet.js';
export { scalarMaskedRelu } from './architectures/scalar-masked-relu.js';
export type { ScalarMaskedReluOptions } from './architectures/scalar-masked-relu.js';
export { neighbourMean, sumOverEdges } from './architectures/sum-over-edges.js';
export { bernoulliMask } from './breakings/bernoulli-mask.js';
export type { BernoulliMaskOptions } from './breakings/bernoulli-mask.js';
export { biasOnly } from './breakings/bias-only.js';
export type { BiasOnlyOptions } from './breakings/bias-only.js';
export { linearResidual } from './breakings/linear-residual.js';
export type { LinearResidualOptions } from './breakings/linear-residual.js';
export { drawSubsets, enumerateSubsets, expandChannels, maskFrom } from './breakings/masks.js';
export type { PerLayer } from './breakings/per-layer.js';
export { sigma } from './breakings/sigma.js';
export type { SigmaOptions } from './breakings/sigma.js';
export { standard } from './breakings/standard.js';
export type { StandardOptions } from './breakings/standard.js';
export { syre } from './breakings/syre.js';
export type { SyreOptions } from './breakings/syre.js';
export { w } from './breakings/w.js';
export type { WOptions } from './breakings/w.js';
export { fromStateDict, gnnNaming, mlpNaming, resnetNaming, torchNamings, toStateDict } from './interop/index.js';
export type {
  FromStateDictOptions,
  HostTensor,
  HostTensors,
  HostVariables,
  NetworkLayout,
  StateDictOptions,
  TorchModule,
  TorchNaming,
} from './interop/index.js';
export { builtinArchitectures, builtinBreakings } from './builtin.js';
export { fromReferenceName, toReferenceName } from './reference-names.js';
