import { sizeOf } from '../hlo/index.js';
import type { Builder, Value } from '../hlo/index.js';
import { int } from './dtypes.js';
import { scatterInto } from './gather-scatter.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

/** `weights` without entries stand for ones. */
const amounts = (b: Builder, x: Value, weights: Value): Value => (sizeOf(weights.shape) > 0 ? weights : b.full(1, weights.dtype, x.shape));

export const countingKernels: Readonly<Record<string, Lowering>> = {
  Bincount: lowering<'x' | 'weights', { size: number }>((b, { x, weights }, { size }) => {
    const flat = (value: Value): Value => b.reshape(value, [sizeOf(value.shape)]);
    return scatterInto(b, b.full(0, weights.dtype, [size]), flat(x), amounts(b, flat(x), flat(weights)), 'add');
  }),
  DenseBincount: lowering<'x' | 'weights', { size: number; binaryOutput?: boolean }>(
    (b, { x, weights }, { size, binaryOutput = false }) => {
      const updates = binaryOutput ? b.full(1, weights.dtype, x.shape) : amounts(b, x, weights);
      if (x.shape.length === 1) return scatterInto(b, b.full(0, weights.dtype, [size]), x, updates, binaryOutput ? 'maximum' : 'add');
      const positions = b.concatenate([b.iota('int32', [...x.shape, 1], 0), b.expandDims(int(b, x), [2])], 2);
      return scatterInto(b, b.full(0, weights.dtype, [x.shape[0]!, size]), positions, updates, binaryOutput ? 'maximum' : 'add');
    },
  ),
  // Counts the entries before each value: n comparisons a value instead of log2(n) steps of a search, and no loop.
  SearchSorted: lowering<'sortedSequence' | 'values', { side: 'left' | 'right' }>((b, { sortedSequence, values }, { side }) => {
    const shape = [values.shape[0]!, values.shape[1]!, sortedSequence.shape[1]!];
    const sequence = b.broadcastInDim(sortedSequence, shape, [0, 2]);
    const value = b.broadcastInDim(values, shape, [0, 1]);
    return b.reduceSum(int(b, side === 'left' ? b.less(sequence, value) : b.lessEqual(sequence, value)), [2]);
  }),
};
