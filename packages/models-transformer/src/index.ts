export { attendInCircuits, type Circuits } from './architectures/circuits-block.js';
export { circuitCosts, headCosts, unitCosts, type CircuitCosts } from './alignment/costs.js';
export {
  matchCircuits,
  matchResidual,
  type CircuitMatching,
  type CircuitStep,
  type MatchCircuitsOptions,
  type ResidualMatching,
} from './alignment/match-circuits.js';
export { headMapSpecs, matchHeads, type MatchedHeads, type MatchHeadsOptions } from './alignment/match-heads.js';
export { residualStack, type StackOptions } from './alignment/residual-stack.js';
export { circuitLearned, circuitMatching, type CircuitMatchingOptions } from './alignment/strategy.js';
export { bert, type BertOptions } from './architectures/bert.js';
export { gpt2Circuits, type Gpt2CircuitsOptions } from './architectures/gpt2-circuits.js';
export { gpt2, type Gpt2Options } from './architectures/gpt2.js';
export { vitCircuits, type VitCircuitsOptions } from './architectures/vit-circuits.js';
export { vit, type VitOptions } from './architectures/vit.js';
export { builtinArchitectures, builtinRebasin } from './builtin.js';
export { encoderFromTransformers, encoderToTransformers, type Encoder, type EncoderHead } from './interop/transformers-bert.js';
export { gpt2FromTransformers, gpt2ToTransformers } from './interop/transformers-gpt2.js';
export { vitFromTransformers, vitToTransformers } from './interop/transformers-vit.js';
export { absorbGains, attentionCircuits, centreWriters, toCircuits, type ToCircuitsOptions } from './rewrites/circuits.js';
export { circuitUniverse, type CircuitUniverseOptions, type UniverseRound } from './alignment/universe.js';
export { centreRouters } from './rewrites/centre-routers.js';
export { expandCircuits, type ExpandedCircuits } from './rewrites/expand-width.js';
export { fromCircuits, type FactoredCircuits, type FactorOptions } from './rewrites/from-circuits.js';
export { widenCircuits } from './alignment/widen-circuits.js';
