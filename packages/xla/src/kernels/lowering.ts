import type { Builder, Value } from '../hlo/index.js';

/**
 * How one tfjs kernel becomes graph nodes. `inputs` and `attrs` carry the names of tfjs-core's `kernel_names`; the result is one value, or
 * several where the kernel has several outputs, of dtype float32, int32, bool or complex64.
 */
export type Lowering = (
  b: Builder,
  inputs: Readonly<Record<string, Value | readonly Value[]>>,
  attrs: Readonly<Record<string, unknown>>,
) => Value | readonly Value[];

/** Gives a lowering the input names and attribute types of its kernel; what tfjs passes is as its `kernel_names` declare. */
export const lowering = <I extends string, A = unknown>(
  lower: (b: Builder, inputs: Readonly<Record<I, Value>>, attrs: A) => Value | readonly Value[],
): Lowering => lower as unknown as Lowering;

/** For kernels that take a list of tensors. */
export const listLowering = <A = unknown>(lower: (b: Builder, values: readonly Value[], attrs: A) => Value | readonly Value[]): Lowering =>
  ((b: Builder, inputs: Readonly<Record<string, Value | readonly Value[]>>, attrs: A) =>
    lower(b, Object.values(inputs).flat() as Value[], attrs)) as Lowering;
