import { axesWithin, check, i64Array, range, shifted } from '../check.js';
import { literalText } from '../literal.js';
import type { Literal } from '../literal.js';
import { defineOp, jointly, mapped } from '../op.js';
import type { Op } from '../op.js';
import { elementTypes, sameShape, showType, sizeOf } from '../types.js';
import type { DType, TensorType } from '../types.js';
import { convert, select } from './elementwise.js';

/** One repeated number, or the bytes of every element. */
export const constant = defineOp<{ value: Literal; type: TensorType }>({
  name: 'constant',
  infer: (_inputs, { value, type }) => {
    const bytes = sizeOf(type.shape) * elementTypes[type.dtype].bytes;
    check(
      !(value instanceof Uint8Array) || (value.length === bytes && type.dtype !== 'bool'),
      'constant',
      `${bytes} bytes for ${showType(type)}`,
      value instanceof Uint8Array ? value.length : value,
    );
    return [type];
  },
  text: ({ value, type }) => `value = ${literalText(value, type.shape, type.dtype)}`,
  batch: (call) => call.emit([]),
});

/** Counts 0, 1, 2, ... along `axis`. */
export const iota = defineOp<{ axis: number; type: TensorType }>({
  name: 'iota',
  infer: (_inputs, { axis, type }) => {
    axesWithin('iota', 'axis', [axis], type.shape.length);
    check(type.dtype !== 'bool', 'iota', 'a number dtype', type.dtype);
    return [type];
  },
  text: ({ axis }) => `iota_dimension = ${axis} : i64`,
  batch: (call) => call.emit([]),
});

/** Input axis `i` becomes output axis `axes[i]`; its size must be that of the output, or 1. */
export const broadcastInDim = defineOp<{ shape: readonly number[]; axes: readonly number[] }>({
  name: 'broadcast_in_dim',
  affine: jointly,
  infer: ([x], { shape, axes }) => {
    check(axes.length === x!.shape.length, 'broadcast_in_dim', `${x!.shape.length} axes`, axes);
    axesWithin('broadcast_in_dim', 'axes', axes, shape.length);
    check(
      x!.shape.every((size, i) => size === 1 || size === shape[axes[i]!]),
      'broadcast_in_dim',
      `sizes that fit [${shape.join(',')}] at axes [${axes.join(',')}]`,
      showType(x!),
    );
    return [{ shape, dtype: x!.dtype }];
  },
  text: ({ axes }) => `broadcast_dimensions = ${i64Array(axes)}`,
  batch: (call) => call.emit([call.lift(0)], { shape: [call.size, ...call.attrs.shape], axes: [0, ...shifted(call.attrs.axes)] }),
});

export const reshape = defineOp<{ shape: readonly number[] }>({
  name: 'reshape',
  affine: jointly,
  infer: ([x], { shape }) => {
    check(
      sizeOf(x!.shape) === sizeOf(shape),
      'reshape',
      `${sizeOf(shape)} elements for [${shape.join(',')}]`,
      `${sizeOf(x!.shape)} of ${showType(x!)}`,
    );
    return [{ shape, dtype: x!.dtype }];
  },
  batch: (call) => call.emit([call.lift(0)], { shape: [call.size, ...call.attrs.shape] }),
});

/** Output axis `i` is input axis `axes[i]`. */
export const transpose = defineOp<{ axes: readonly number[] }>({
  name: 'transpose',
  affine: jointly,
  infer: ([x], { axes }) => {
    axesWithin('transpose', 'axes', axes, x!.shape.length);
    check(axes.length === x!.shape.length, 'transpose', `${x!.shape.length} axes`, axes);
    return [{ shape: axes.map((axis) => x!.shape[axis]!), dtype: x!.dtype }];
  },
  text: ({ axes }) => `permutation = ${i64Array(axes)}`,
  batch: (call) => call.emit([call.lift(0)], { axes: [0, ...shifted(call.attrs.axes)] }),
});

export const reverse = defineOp<{ axes: readonly number[] }>({
  name: 'reverse',
  affine: jointly,
  infer: ([x], { axes }) => {
    axesWithin('reverse', 'axes', axes, x!.shape.length);
    return [x!];
  },
  text: ({ axes }) => `dimensions = ${i64Array(axes)}`,
  batch: (call) => call.emit([call.lift(0)], { axes: shifted(call.attrs.axes) }),
});

export const slice = defineOp<{ start: readonly number[]; limit: readonly number[]; strides: readonly number[] }>({
  name: 'slice',
  affine: jointly,
  infer: ([x], { start, limit, strides }) => {
    const rank = x!.shape.length;
    check(start.length === rank && limit.length === rank && strides.length === rank, 'slice', `start, limit and stride for ${rank} axes`, [
      start,
      limit,
      strides,
    ]);
    check(
      x!.shape.every((size, i) => 0 <= start[i]! && start[i]! <= limit[i]! && limit[i]! <= size && strides[i]! > 0),
      'slice',
      `bounds within ${showType(x!)}`,
      { start, limit, strides },
    );
    return [{ shape: start.map((from, i) => Math.ceil((limit[i]! - from) / strides[i]!)), dtype: x!.dtype }];
  },
  text: ({ start, limit, strides }) =>
    `start_indices = ${i64Array(start)}, limit_indices = ${i64Array(limit)}, strides = ${i64Array(strides)}`,
  batch: (call) => {
    const { start, limit, strides } = call.attrs;
    return call.emit([call.lift(0)], { start: [0, ...start], limit: [call.size, ...limit], strides: [1, ...strides] });
  },
});

export const concatenate = defineOp<{ axis: number }>({
  name: 'concatenate',
  affine: jointly,
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    check(first !== undefined, 'concatenate', 'at least one input', 0);
    axesWithin('concatenate', 'axis', [axis], first.shape.length);
    const fits = (type: TensorType) => type.dtype === first.dtype && sameShape(type.shape.with(axis, 0), first.shape.with(axis, 0));
    check(
      inputs.every((type) => type.shape.length === first.shape.length && fits(type)),
      'concatenate',
      `types equal except along axis ${axis}`,
      inputs.map(showType),
    );
    return [
      {
        shape: first.shape.with(
          axis,
          inputs.reduce((sum, type) => sum + type.shape[axis]!, 0),
        ),
        dtype: first.dtype,
      },
    ];
  },
  text: ({ axis }) => `dimension = ${axis} : i64`,
  batch: (call) => call.emit(call.lifted(), { axis: call.attrs.axis + 1 }),
});

export interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
}

/** `pad(x, value)`: entries before, after and between those of `x`; negative `low` and `high` crop. */
export const pad: Op<PadAttrs> = defineOp<PadAttrs>({
  name: 'pad',
  affine: jointly,
  infer: ([x, value], { low, high, interior }) => {
    check(value!.shape.length === 0 && value!.dtype === x!.dtype, 'pad', `a ${x!.dtype} scalar to pad with`, showType(value!));
    check(
      [low, high, interior].every((amounts) => amounts.length === x!.shape.length),
      'pad',
      `amounts for ${x!.shape.length} axes`,
      [low, high, interior],
    );
    const shape = x!.shape.map((size, i) => low[i]! + high[i]! + size + Math.max(size - 1, 0) * interior[i]!);
    check(shape.every((size) => size >= 0) && interior.every((n) => n >= 0), 'pad', 'sizes of 0 or more', shape);
    return [{ shape, dtype: x!.dtype }];
  },
  text: ({ low, high, interior }) =>
    `edge_padding_low = ${i64Array(low)}, edge_padding_high = ${i64Array(high)}, interior_padding = ${i64Array(interior)}`,
  batch: (call) => {
    const { low, high, interior } = call.attrs;
    const attrs = { low: [0, ...low], high: [0, ...high], interior: [0, ...interior] };
    const [x, value] = call.inputs;
    if (!value!.mapped) return call.emit([call.lift(0), value!.value], attrs);
    // One padding value per example: pad a mask of ones with zeros to know which entries are padding.
    const zero = (dtype: DType) => call.graph.add(constant, [], { value: 0, type: { shape: [], dtype } })[0]!;
    const ones = call.graph.add(constant, [], { value: 1, type: { shape: call.inputTypes[0]!.shape, dtype: 'uint8' } })[0]!;
    const kept = call.graph.add(pad, [ones, zero('uint8')], call.attrs)[0]!;
    const padded = x!.mapped
      ? call.graph.add(pad, [x!.value, zero(x!.value.dtype)], attrs)[0]!
      : call.graph.add(
          broadcastInDim,
          [call.graph.add(pad, [x!.value, zero(x!.value.dtype)], call.attrs)[0]!],
          leading(call.size, call.outputTypes[0]!.shape),
        )[0]!;
    const shape = [call.size, ...call.outputTypes[0]!.shape];
    const mask = call.graph.add(convert, [call.graph.add(broadcastInDim, [kept], leading(call.size, call.outputTypes[0]!.shape))[0]!], {
      dtype: 'bool',
    })[0]!;
    const values = call.graph.add(broadcastInDim, [value!.value], { shape, axes: [0] })[0]!;
    return mapped(call.graph.add(select, [mask, padded, values], null)[0]!);
  },
});

/** Attributes of the broadcast that repeats a value of `shape` along a new leading axis. */
export const leading = (size: number, shape: readonly number[]): { shape: number[]; axes: number[] } => ({
  shape: [size, ...shape],
  axes: range(shape.length, 1),
});

export const shapeOps = { constant, iota, broadcastInDim, reshape, transpose, reverse, slice, concatenate, pad };
