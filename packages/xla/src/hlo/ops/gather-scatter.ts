import { check, i64Array, list, range, shifted, without } from '../check.js';
import { defineOp, inFirst } from '../op.js';
import { sameShape, showType } from '../types.js';
import { regionTypes, scalarsOf } from './reduction.js';

export interface GatherAttrs {
  /** Axes of the result that walk inside a block. */
  readonly offsetAxes: readonly number[];
  /** Axes of the operand, of block size 1, that the result lacks. */
  readonly collapsedAxes: readonly number[];
  /** Axes of the operand that go with the axes `indexBatchAxes` of the indices. */
  readonly operandBatchAxes: readonly number[];
  readonly indexBatchAxes: readonly number[];
  /** Operand axis that each component of an index refers to. */
  readonly startIndexMap: readonly number[];
  /** Axis of `indices` that holds the components; its rank if they are scalars. */
  readonly indexVectorAxis: number;
  readonly sliceSizes: readonly number[];
}

/** `gather(operand, indices)`: one block per index, starts clamped so that it fits. */
export const gather = defineOp<GatherAttrs>({
  name: 'gather',
  affine: inFirst(),
  infer: (
    [operand, indices],
    { offsetAxes, collapsedAxes, operandBatchAxes, indexBatchAxes, startIndexMap, indexVectorAxis, sliceSizes },
  ) => {
    const rank = operand!.shape.length;
    check(
      sliceSizes.length === rank && sliceSizes.every((size, i) => size <= operand!.shape[i]!),
      'gather',
      `block sizes within ${showType(operand!)}`,
      sliceSizes,
    );
    check(
      (indices!.shape[indexVectorAxis] ?? 1) === startIndexMap.length,
      'gather',
      `${indices!.shape[indexVectorAxis] ?? 1} index components`,
      startIndexMap,
    );
    const gone = [...collapsedAxes, ...operandBatchAxes];
    check(
      gone.every((axis) => sliceSizes[axis]! <= 1),
      'gather',
      'collapsed and batch axes of block size 1',
      sliceSizes,
    );
    check(offsetAxes.length === rank - gone.length, 'gather', `${rank - gone.length} offset axes`, offsetAxes);
    check(
      sameShape(
        operandBatchAxes.map((axis) => operand!.shape[axis]!),
        indexBatchAxes.map((axis) => indices!.shape[axis]!),
      ),
      'gather',
      'batch sizes equal',
      `${showType(operand!)} and ${showType(indices!)}`,
    );
    const block = without(sliceSizes, gone)[Symbol.iterator]();
    const batch = without(indices!.shape, [indexVectorAxis])[Symbol.iterator]();
    const shape = range(offsetAxes.length + indices!.shape.length - (indexVectorAxis < indices!.shape.length ? 1 : 0)).map(
      (axis) => (offsetAxes.includes(axis) ? block : batch).next().value!,
    );
    return [{ shape, dtype: operand!.dtype }];
  },
  text: (a) =>
    `dimension_numbers = #stablehlo.gather<offset_dims = ${list(a.offsetAxes)}, collapsed_slice_dims = ${list(a.collapsedAxes)}, operand_batching_dims = ${list(a.operandBatchAxes)}, ` +
    `start_indices_batching_dims = ${list(a.indexBatchAxes)}, start_index_map = ${list(a.startIndexMap)}, index_vector_dim = ${a.indexVectorAxis}>, slice_sizes = ${i64Array(a.sliceSizes)}, indices_are_sorted = false`,
  batch: (call) => {
    const [operand, indices] = call.inputs;
    const a = call.attrs;
    const emit = (attrs: Partial<GatherAttrs>) => call.emit([operand!.value, indices!.value], { ...a, ...attrs });
    const operandShifted = {
      collapsedAxes: shifted(a.collapsedAxes),
      operandBatchAxes: shifted(a.operandBatchAxes),
      startIndexMap: shifted(a.startIndexMap),
    };
    const indicesShifted = { indexBatchAxes: shifted(a.indexBatchAxes), indexVectorAxis: a.indexVectorAxis + 1 };
    if (!indices!.mapped)
      return emit({ ...operandShifted, offsetAxes: [0, ...shifted(a.offsetAxes)], sliceSizes: [call.size, ...a.sliceSizes] });
    if (!operand!.mapped) return emit({ ...indicesShifted, offsetAxes: shifted(a.offsetAxes) });
    return emit({
      ...operandShifted,
      ...indicesShifted,
      offsetAxes: shifted(a.offsetAxes),
      operandBatchAxes: [0, ...operandShifted.operandBatchAxes],
      indexBatchAxes: [0, ...indicesShifted.indexBatchAxes],
      sliceSizes: [1, ...a.sliceSizes],
    });
  },
});

export interface ScatterAttrs {
  /** Axes of the updates that walk inside a block. */
  readonly updateWindowAxes: readonly number[];
  /** Axes of the operand, of block size 1, that the updates lack. */
  readonly insertedAxes: readonly number[];
  readonly operandBatchAxes: readonly number[];
  readonly indexBatchAxes: readonly number[];
  /** Operand axis that each component of an index refers to. */
  readonly indexMap: readonly number[];
  readonly indexVectorAxis: number;
}

/** `scatter(operand, indices, updates)`: folds blocks into the operand by the region (old, update) -> new; blocks that do not fit are skipped. */
export const scatter = defineOp<ScatterAttrs>({
  name: 'scatter',
  infer: ([operand, indices, updates], { updateWindowAxes, insertedAxes, operandBatchAxes, indexMap, indexVectorAxis }, regions) => {
    check(
      operand!.dtype === updates!.dtype,
      'scatter',
      'updates of the dtype of the operand',
      `${showType(operand!)} and ${showType(updates!)}`,
    );
    check(
      (indices!.shape[indexVectorAxis] ?? 1) === indexMap.length,
      'scatter',
      `${indices!.shape[indexVectorAxis] ?? 1} index components`,
      indexMap,
    );
    check(
      updateWindowAxes.length === operand!.shape.length - insertedAxes.length - operandBatchAxes.length,
      'scatter',
      'an update axis for every operand axis that is not inserted',
      updateWindowAxes,
    );
    const batch = without(indices!.shape, [indexVectorAxis]);
    check(
      sameShape(without(updates!.shape, updateWindowAxes), batch),
      'scatter',
      `updates with outer sizes [${batch.join(',')}]`,
      showType(updates!),
    );
    regionTypes('scatter', regions[0], scalarsOf([operand!, updates!]), scalarsOf([operand!]));
    return [operand!];
  },
  text: (a) =>
    `scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = ${list(a.updateWindowAxes)}, inserted_window_dims = ${list(a.insertedAxes)}, input_batching_dims = ${list(a.operandBatchAxes)}, ` +
    `scatter_indices_batching_dims = ${list(a.indexBatchAxes)}, scatter_dims_to_operand_dims = ${list(a.indexMap)}, index_vector_dim = ${a.indexVectorAxis}>, indices_are_sorted = false, unique_indices = false`,
  batch: (call) => {
    const a = call.attrs;
    return call.emit(call.lifted(), {
      updateWindowAxes: shifted(a.updateWindowAxes),
      insertedAxes: shifted(a.insertedAxes),
      operandBatchAxes: [0, ...shifted(a.operandBatchAxes)],
      indexBatchAxes: [0, ...shifted(a.indexBatchAxes)],
      indexMap: shifted(a.indexMap),
      indexVectorAxis: a.indexVectorAxis + 1,
    });
  },
});

export const gatherScatterOps = { gather, scatter };
