import { check, i64Array, range, scalarIndices, shifted } from '../check.js';
import { defineOp, inFirst, mapped } from '../op.js';
import type { BatchCall } from '../op.js';
import type { Graph, Value } from '../graph.js';
import { showType } from '../types.js';
import { clamp, convert } from './elementwise.js';
import { gather, scatter } from './gather-scatter.js';
import type { GatherAttrs, ScatterAttrs } from './gather-scatter.js';
import { broadcastInDim, concatenate, constant, reshape } from './shape.js';

/** `dynamicSlice(x, start0, start1, ...)`: a block of fixed `sizes`; starts are clamped so that it fits. */
export const dynamicSlice = defineOp<{ sizes: readonly number[] }>({
  name: 'dynamic_slice',
  affine: inFirst(),
  infer: ([x, ...starts], { sizes }) => {
    check(
      starts.length === x!.shape.length && sizes.length === x!.shape.length,
      'dynamic_slice',
      `a start and a size for ${x!.shape.length} axes`,
      `${starts.length} and ${sizes.length}`,
    );
    scalarIndices('dynamic_slice', starts);
    check(
      sizes.every((size, i) => size >= 0 && size <= x!.shape[i]!),
      'dynamic_slice',
      `sizes within ${showType(x!)}`,
      sizes,
    );
    return [{ shape: sizes, dtype: x!.dtype }];
  },
  text: ({ sizes }) => `slice_sizes = ${i64Array(sizes)}`,
  batch: (call) => {
    const [x, ...starts] = call.inputs;
    const { sizes } = call.attrs;
    const plain = starts.map((start) => start.value);
    if (starts.every((start) => !start.mapped))
      return call.emit([x!.value, zeroLike(call.graph, plain), ...plain], { sizes: [call.size, ...sizes] });
    // One position per example: a gather of blocks, which clamps the same way.
    const rank = sizes.length;
    const indices = stackStarts(call, 1);
    const axes = range(rank);
    const across = x!.mapped ? 1 : 0;
    const attrs: GatherAttrs = {
      offsetAxes: shifted(axes),
      collapsedAxes: [],
      operandBatchAxes: x!.mapped ? [0] : [],
      indexBatchAxes: x!.mapped ? [0] : [],
      startIndexMap: axes.map((axis) => axis + across),
      indexVectorAxis: 1,
      sliceSizes: x!.mapped ? [1, ...sizes] : sizes,
    };
    return mapped(call.graph.add(gather, [x!.value, indices], attrs)[0]!);
  },
});

/** `dynamicUpdateSlice(x, update, start0, ...)`: `x` with a block replaced; starts are clamped so that it fits. */
export const dynamicUpdateSlice = defineOp({
  name: 'dynamic_update_slice',
  affine: inFirst(2),
  infer: ([x, update, ...starts]) => {
    check(
      starts.length === x!.shape.length && update!.shape.length === x!.shape.length,
      'dynamic_update_slice',
      `an update of rank ${x!.shape.length} and as many starts`,
      `rank ${update!.shape.length} and ${starts.length}`,
    );
    check(
      update!.dtype === x!.dtype && update!.shape.every((size, i) => size <= x!.shape[i]!),
      'dynamic_update_slice',
      `an update within ${showType(x!)}`,
      showType(update!),
    );
    scalarIndices('dynamic_update_slice', starts);
    return [x!];
  },
  batch: (call) => {
    const [, , ...starts] = call.inputs;
    const plain = starts.map((start) => start.value);
    if (starts.every((start) => !start.mapped)) return call.emit([call.lift(0), call.lift(1), zeroLike(call.graph, plain), ...plain]);
    const type = call.inputTypes[0]!;
    const axes = range(type.shape.length);
    const limits = axes.map((axis) => type.shape[axis]! - call.inputTypes[1]!.shape[axis]!);
    const attrs: ScatterAttrs = {
      updateWindowAxes: shifted(axes),
      insertedAxes: [],
      operandBatchAxes: [0],
      indexBatchAxes: [0],
      indexMap: shifted(axes),
      indexVectorAxis: 1,
    };
    return mapped(
      call.graph.add(scatter, [call.lift(0), clampStarts(call.graph, stackStarts(call, 2), limits), call.lift(1)], attrs, [
        replacing(call.graph, type.dtype),
      ])[0]!,
    );
  },
});

const zeroLike = (graph: Graph, starts: readonly Value[]): Value =>
  graph.add(constant, [], { value: 0, type: { shape: [], dtype: starts[0]?.dtype ?? 'int32' } })[0]!;

/** Scalar starts, some mapped -> int32 [size, rank]. */
function stackStarts<A>(call: BatchCall<A>, from: number): Value {
  const columns = call.inputs.slice(from).map((_, i) => {
    const column = call.graph.add(reshape, [call.lift(from + i)], { shape: [call.size, 1] })[0]!;
    return column.dtype === 'int32' ? column : call.graph.add(convert, [column], { dtype: 'int32' })[0]!;
  });
  return call.graph.add(concatenate, columns, { axis: 1 })[0]!;
}

// Scatter skips what lies outside, where dynamic_update_slice moves the block inside.
function clampStarts(graph: Graph, starts: Value, limits: readonly number[]): Value {
  const row = graph.add(constant, [], {
    value: new Uint8Array(Int32Array.from(limits).buffer),
    type: { shape: [limits.length], dtype: 'int32' },
  })[0]!;
  const high = graph.add(broadcastInDim, [row], { shape: starts.shape, axes: [1] })[0]!;
  const low = graph.add(constant, [], { value: 0, type: starts })[0]!;
  return graph.add(clamp, [low, starts, high], null)[0]!;
}

function replacing(graph: Graph, dtype: Value['dtype']): Graph {
  const region = graph.region();
  region.input({ shape: [], dtype });
  region.outputs = [region.input({ shape: [], dtype })];
  return region;
}

/** Blocks at positions that are values. */
export const dynamicSliceOps = { dynamicSlice, dynamicUpdateSlice };
