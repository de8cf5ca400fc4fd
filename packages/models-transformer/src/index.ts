export { gpt2Circuits, type Gpt2CircuitsOptions } from './architectures/gpt2-circuits.js';
export { gpt2, type Gpt2Options } from './architectures/gpt2.js';
export { builtinArchitectures } from './builtin.js';
export { gpt2FromTransformers, gpt2ToTransformers } from './interop/transformers-gpt2.js';
export { absorbGains, attentionCircuits, centreWriters, gpt2ToCircuits } from './rewrites/gpt2.js';
