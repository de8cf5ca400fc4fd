import type { Builder, Value } from '../hlo/index.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

/** The scalars of an int32 vector. */
const scalars = (b: Builder, start: Value): Value[] =>
  Array.from({ length: start.shape[0]! }, (_, i) => b.reshape(b.sliceAxis(start, 0, i, i + 1), []));

export const dynamicSliceKernels: Readonly<Record<string, Lowering>> = {
  DynamicSlice: lowering<'x' | 'start', { size: number[] }>((b, { x, start }, { size }) => b.dynamicSlice(x, scalars(b, start), size)),
  DynamicUpdateSlice: lowering<'x' | 'update' | 'start'>((b, { x, update, start }) => b.dynamicUpdateSlice(x, update, scalars(b, start))),
};
