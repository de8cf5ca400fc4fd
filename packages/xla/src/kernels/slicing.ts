import { demand } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Builder, Value } from '../hlo/index.js';
import { unify } from './dtypes.js';
import { listLowering, lowering } from './lowering.js';
import type { Lowering } from './lowering.js';
import { axisOf } from './reductions.js';

interface StridedSliceAttrs {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

export const slicingKernels: Readonly<Record<string, Lowering>> = {
  Slice: lowering<'x', { begin: number | number[]; size: number | number[] }>((b, { x }, { begin, size }) => {
    const [start, sizes] = tf.slice_util.parseSliceParams({ shape: [...x.shape], rank: x.shape.length } as tf.Tensor, begin, size);
    return b.slice(
      x,
      start!,
      start!.map((from, i) => from + sizes![i]!),
    );
  }),
  StridedSlice: lowering<'x', StridedSliceAttrs>((b, { x }, a) => {
    const { finalShape, begin, end, strides } = tf.slice_util.sliceInfo(
      [...x.shape],
      a.begin,
      a.end,
      a.strides,
      a.beginMask,
      a.endMask,
      a.ellipsisMask,
      a.newAxisMask,
      a.shrinkAxisMask,
    );
    return b.reshape(stridedSlice(b, x, begin, end, strides), finalShape);
  }),
  SplitV: lowering<'x', { numOrSizeSplits: number | number[]; axis: number }>((b, { x }, { numOrSizeSplits, axis }) => {
    const at = axisOf(axis, x.shape);
    const sizes = tf.backend_util.prepareSplitSize({ shape: [...x.shape] } as tf.Tensor, numOrSizeSplits, at);
    let from = 0;
    return sizes.map((size) => b.sliceAxis(x, at, from, (from += size)));
  }),
  Unpack: lowering<'value', { axis: number }>((b, { value }, { axis }) => {
    const at = axisOf(axis, value.shape);
    return Array.from({ length: value.shape[at]! }, (_, i) => b.squeeze(b.sliceAxis(value, at, i, i + 1), [at]));
  }),
  Pack: listLowering<{ axis: number }>((b, values, { axis }) => {
    const [first] = values;
    const odd = values.find(({ dtype }) => dtype !== first!.dtype);
    demand(odd === undefined, 'xla/stack', `tensors of matching dtypes, all ${first!.dtype}`, odd?.dtype);
    const at = axis < 0 ? axis + values[0]!.shape.length + 1 : axis;
    return b.concatenate(
      unify(b, ...values).map((value) => b.expandDims(value, [at])),
      at,
    );
  }),
  Concat: listLowering<{ axis: number }>((b, values, { axis }) => b.concatenate(unify(b, ...values), axisOf(axis, values[0]!.shape))),
  PadV2: lowering<'x', { paddings: [number, number][]; constantValue: number }>((b, { x }, { paddings, constantValue }) =>
    b.pad(
      x,
      constantValue,
      paddings.map(([before]) => before),
      paddings.map(([, after]) => after),
    ),
  ),
  MirrorPad: lowering<'x', { paddings: [number, number][]; mode: 'reflect' | 'symmetric' }>((b, { x }, { paddings, mode }) =>
    paddings.reduce((padded, [before, after], axis) => mirror(b, padded, axis, before, after, mode === 'reflect' ? 1 : 0), x),
  ),
};

/** tfjs gives bounds in walking direction: with a negative stride from `begin` down to, but not including, `end`. */
function stridedSlice(b: Builder, x: Value, begin: readonly number[], end: readonly number[], strides: readonly number[]): Value {
  const counts = begin.map((from, i) => Math.max(0, Math.ceil((end[i]! - from) / strides[i]!)));
  const low = begin.map((from, i) => (counts[i] === 0 ? 0 : strides[i]! > 0 ? from : from + (counts[i]! - 1) * strides[i]!));
  const high = low.map((from, i) => (counts[i] === 0 ? from : from + (counts[i]! - 1) * Math.abs(strides[i]!) + 1));
  const forward = b.slice(x, low, high, strides.map(Math.abs));
  return b.reverse(
    forward,
    strides.flatMap((stride, axis) => (stride < 0 ? [axis] : [])),
  );
}

/** `skip` 1 leaves out the border itself (reflect), 0 repeats it (symmetric). */
function mirror(b: Builder, x: Value, axis: number, before: number, after: number, skip: 0 | 1): Value {
  const size = x.shape[axis]!;
  const parts = [x];
  if (before > 0) parts.unshift(b.reverse(b.sliceAxis(x, axis, skip, skip + before), [axis]));
  if (after > 0) parts.push(b.reverse(b.sliceAxis(x, axis, size - skip - after, size - skip), [axis]));
  return b.concatenate(parts, axis);
}
