import type { Builder, Value } from '../hlo/index.js';

/**
 * How one tfjs kernel becomes graph nodes. `inputs` and `attrs` carry the names of tfjs-core's `kernel_names`; the result is one value, or
 * several where the kernel has several outputs, of dtype float32, int32 or bool.
 */
export type Lowering = (
  b: Builder,
  inputs: Readonly<Record<string, Value | readonly Value[]>>,
  attrs: Readonly<Record<string, unknown>>,
) => Value | readonly Value[];
