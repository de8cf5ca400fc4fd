import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Builder, Value } from '../hlo/index.js';
import type { Lowering } from '../kernels/index.js';
import type { Trace } from './trace.js';

/** Applies a lowering to a kernel's inputs, which are tensors or, for kernels such as Concat, an array of them; absent ones are left out. */
export function lower(
  b: Builder,
  lowering: Lowering,
  inputs: NamedTensorInfoMap,
  attrs: Readonly<Record<string, unknown>>,
  valueOf: (tensor: TensorInfo) => Value,
): { values: readonly Value[]; single: boolean } {
  const values = Object.fromEntries(Object.entries(inputs).flatMap(([name, tensor]) => (tensor ? [[name, valueOf(tensor)]] : [])));
  const result = lowering(b, values, attrs);
  return Array.isArray(result) ? { values: result as readonly Value[], single: false } : { values: [result as Value], single: true };
}

/** Appends a kernel to the function being traced. */
export function traceKernel(
  trace: Trace,
  kernel: string,
  lowering: Lowering,
  inputs: NamedTensorInfoMap,
  attrs: Readonly<Record<string, unknown>>,
): TensorInfo | TensorInfo[] {
  const { values, single } = lower(trace.builder, lowering, inputs, attrs, (tensor) => trace.value(tensor, kernel));
  const infos = values.map((value) => trace.info(value));
  return single ? infos[0]! : infos;
}
