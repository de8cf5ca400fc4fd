export { symmetryDifferences } from './compare.js';
export { symmetryExcess } from './excess.js';
export {
  inferParamSpecs,
  inferSymmetries,
  type InferredSymmetries,
  type InferSymmetriesOptions,
  type NamedFunction,
  type Shaped,
} from './infer-symmetries.js';
export { inferNetworkSymmetries } from './network-symmetries.js';
export type { Restriction } from './traced.js';
