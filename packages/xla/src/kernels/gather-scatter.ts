import * as tf from '@tensorflow/tfjs-core';
import { take } from '../hlo/index.js';
import type { Builder, FoldKind, Value } from '../hlo/index.js';
import { int } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';
import { axisOf } from './reductions.js';

/**
 * Reads and writes at computed positions. A compiled program cannot throw for a bad index: reads clamp it into range, writes
 * (ScatterNd, ScatterAdd, TensorScatterUpdate, SparseToDense, UnsortedSegmentSum, Bincount) drop it.
 */
export const gatherScatterKernels: Readonly<Record<string, Lowering>> = {
  GatherV2: lowering<'x' | 'indices', { axis: number; batchDims?: number }>((b, { x, indices }, { axis, batchDims = 0 }) => {
    const at = axisOf(axis, x.shape);
    checkBatches(x, indices, at, batchDims);
    return take(b, x, int(b, indices), at, batchDims < 0 ? batchDims + indices.shape.length : batchDims);
  }),
  GatherNd: lowering<'params' | 'indices'>((b, { params, indices }) => {
    const depth = indices.shape.at(-1)!;
    const outer = indices.shape.length - 1;
    const inner = params.shape.slice(depth);
    return b.gather(params, int(b, indices), {
      offsetAxes: inner.map((_, i) => outer + i),
      collapsedAxes: first(depth),
      operandBatchAxes: [],
      indexBatchAxes: [],
      startIndexMap: first(depth),
      indexVectorAxis: outer,
      sliceSizes: [...first(depth).map(() => 1), ...inner],
    });
  }),
  ScatterNd: lowering<'indices' | 'updates', { shape: number[] }>((b, { indices, updates }, { shape }) =>
    scatterInto(b, b.full(0, updates.dtype, shape), indices, updates, 'add'),
  ),
  TensorScatterUpdate: lowering<'tensor' | 'indices' | 'updates'>((b, { tensor, indices, updates }) =>
    scatterInto(b, tensor, indices, updates, 'replace'),
  ),
  ScatterAdd: lowering<'x' | 'indices' | 'updates'>((b, { x, indices, updates }) => scatterInto(b, x, indices, updates, 'add')),
  SparseToDense: lowering<'sparseIndices' | 'sparseValues' | 'defaultValue', { outputShape: number[] }>(
    (b, { sparseIndices, sparseValues, defaultValue }, { outputShape }) => {
      const count = sparseIndices.shape.length === 0 ? 1 : sparseIndices.shape[0]!;
      const indices = b.reshape(sparseIndices, [count, sparseIndices.shape.length < 2 ? 1 : sparseIndices.shape[1]!]);
      const values = b.broadcastTo(sparseValues, [count]);
      const filled = b.broadcastTo(b.convert(b.reshape(defaultValue, []), values.dtype), outputShape);
      return scatterInto(b, filled, indices, values, 'replace');
    },
  ),
  UnsortedSegmentSum: lowering<'x' | 'segmentIds', { numSegments: number }>((b, { x, segmentIds }, { numSegments }) =>
    scatterInto(b, b.full(0, x.dtype, [numSegments, ...x.shape.slice(1)]), segmentIds, x, 'add'),
  ),
};

/** Throws what every backend of tfjs throws for batch axes that the two do not share. */
function checkBatches(x: Value, indices: Value, axis: number, batchDims: number): void {
  const ranked = ({ shape }: Value): tf.Tensor => ({ shape, rank: shape.length }) as unknown as tf.Tensor;
  tf.backend_util.segment_util.collectGatherOpShapeInfo(ranked(x), ranked(indices), axis, batchDims);
}

const first = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** `indices` [..., depth] (or a vector of first-axis positions), `updates` [..., ...shape of a block]. */
export function scatterInto(b: Builder, operand: Value, indices: Value, updates: Value, combine: FoldKind | 'replace'): Value {
  const vectors = indices.shape.length === 1 ? b.reshape(int(b, indices), [indices.shape[0]!, 1]) : int(b, indices);
  const depth = vectors.shape.at(-1)!;
  const outer = vectors.shape.length - 1;
  return b.scatter(operand, vectors, updates, combine, {
    updateWindowAxes: operand.shape.slice(depth).map((_, i) => outer + i),
    insertedAxes: first(depth),
    operandBatchAxes: [],
    indexBatchAxes: [],
    indexMap: first(depth),
    indexVectorAxis: outer,
  });
}
