import { demand } from '@basinlab/tensor';
import { broadcastShape } from './builder.js';
import type { Builder, FoldKind } from './builder.js';
import { range, without } from './check.js';
import type { Value } from './graph.js';
import { ops } from './ops/index.js';
import { sizeOf } from './types.js';
import type { TensorType } from './types.js';

/** Matrix product over the last two axes; the axes before broadcast. */
export function matMul(b: Builder, x: Value, y: Value, { transposeX = false, transposeY = false } = {}): Value {
  demand(
    x.shape.length >= 2 && y.shape.length >= 2,
    'xla/matMul',
    'operands of rank 2 or more',
    `[${x.shape.join(',')}] and [${y.shape.join(',')}]`,
  );
  const batch = broadcastShape('matMul', x.shape.slice(0, -2), y.shape.slice(0, -2));
  const axes = range(batch.length);
  return b.dotGeneral(b.broadcastTo(x, [...batch, ...x.shape.slice(-2)]), b.broadcastTo(y, [...batch, ...y.shape.slice(-2)]), {
    lhsBatch: axes,
    rhsBatch: axes,
    lhsContract: [batch.length + (transposeX ? 0 : 1)],
    rhsContract: [batch.length + (transposeY ? 1 : 0)],
  });
}

/**
 * Entries of `x` along `axis` at integer `indices` of any shape, whose axes replace that axis; indices are clamped into range.
 * With `batchAxes` = n the first n axes of `x` and `indices` go together (n <= axis).
 */
export function take(b: Builder, x: Value, indices: Value, axis: number, batchAxes = 0): Value {
  const batch = range(batchAxes);
  const inner = indices.shape.length - batchAxes;
  const rank = x.shape.length - 1 + inner;
  return b.gather(x, indices, {
    offsetAxes: without(range(rank), [...batch, ...range(inner, axis)]),
    collapsedAxes: [axis],
    operandBatchAxes: batch,
    indexBatchAxes: batch,
    startIndexMap: [axis],
    indexVectorAxis: indices.shape.length,
    sliceSizes: x.shape.map((size, i) => (i === axis || i < batchAxes ? 1 : size)),
  });
}

/** int32 index of the largest (smallest) entry along `axis`; the first of equal ones; a NaN counts as the most extreme. */
export function argExtreme(b: Builder, x: Value, axis: number, kind: 'maximum' | 'minimum'): Value {
  const at = b.iota('int32', x.shape, axis);
  const types: TensorType[] = [x, at, x, at].map(({ dtype }) => ({ shape: [], dtype }));
  const region = b.region(types, (r, value, index, otherValue, otherIndex) => {
    const beyond = r[kind === 'maximum' ? 'greater' : 'less'](value!, otherValue!);
    const ahead = r.or(beyond, r.and(r.isNaN(value!), r.equal(otherValue!, otherValue!)));
    const level = r.or(r.equal(value!, otherValue!), r.and(r.isNaN(value!), r.isNaN(otherValue!)));
    const first = r.or(ahead, r.and(level, r.less(index!, otherIndex!)));
    return [r.select(first, value!, otherValue!), r.select(first, index!, otherIndex!)];
  });
  return b.apply(ops.reduce, [x, at, b.identity(kind, x.dtype), b.full(0x7fffffff, 'int32')], { axes: [axis] }, [region])[1]!;
}

/** Running fold along `axis`, including the entry itself unless `exclusive`; from the end if `reverse`. About log2(n) passes over `x`. */
export function cumulative(b: Builder, x: Value, kind: FoldKind, axis: number, { exclusive = false, reverse = false } = {}): Value {
  const size = x.shape[axis]!;
  const shift = (value: Value, by: number) => {
    const zeros = value.shape.map(() => 0);
    const [low, high] = [zeros.with(axis, by), zeros.with(axis, -by)];
    return reverse ? b.pad(value, b.identity(kind, x.dtype), high, low) : b.pad(value, b.identity(kind, x.dtype), low, high);
  };
  if (sizeOf(x.shape) === 0) return x;
  let result = exclusive ? shift(x, 1) : x;
  for (let by = 1; by < size; by *= 2) result = b[kind](result, shift(result, by));
  return result;
}
