export { gpt2, type Gpt2Options } from './architectures/gpt2.js';
export { builtinArchitectures } from './builtin.js';
export { gpt2FromTransformers, gpt2ToTransformers } from './interop/transformers-gpt2.js';
