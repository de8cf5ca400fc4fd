import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const gather: GradConfig = {
  kernelName: 'GatherV2',
  inputsToSave: ['x', 'indices'],
  gradFunc: (dy, saved, attrs) => {
    const [x, indices] = saved as [Tensor, Tensor];
    const { axis, batchDims = 0 } = attrs as unknown as { axis: number; batchDims?: number };
    return {
      x: () => gradientOfGather(x, indices, dy as Tensor, tf.util.parseAxisParam(axis, x.shape)[0]!, batchDims),
      indices: () => indices,
    };
  },
};

/** Adds each gathered entry's gradient where it came from; the examples of a batch write to rows of their own. */
function gradientOfGather(x: Tensor, indices: Tensor, dy: Tensor, axis: number, batchDims: number): Tensor {
  const [batch, outer] = [size(x.shape.slice(0, batchDims)), size(x.shape.slice(batchDims, axis))];
  const [length, inner] = [x.shape[axis]!, size(x.shape.slice(axis + 1))];
  const count = size(indices.shape.slice(batchDims));
  const rows = tf.reshape(tf.transpose(tf.reshape(dy, [batch, outer, count, inner]), [0, 2, 1, 3]), [batch * count, outer * inner]);
  const offsets = tf.mul(tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1]), tf.scalar(length, 'int32'));
  const flat = tf.reshape(indices, [batch, count]);
  const ids = tf.reshape(batch === 1 ? flat : tf.add(flat, offsets), [batch * count]);
  const sums = tf.unsortedSegmentSum(rows, ids as tf.Tensor1D, batch * length);
  return tf.reshape(tf.transpose(tf.reshape(sums, [batch, length, outer, inner]), [0, 2, 1, 3]), x.shape);
}

const gatherNd: GradConfig = {
  kernelName: 'GatherNd',
  inputsToSave: ['params', 'indices'],
  gradFunc: (dy, saved) => {
    const [params, indices] = saved as [Tensor, Tensor];
    return { params: () => tf.scatterND(indices, dy as Tensor, params.shape), indices: () => indices };
  },
};

const scatterNd: GradConfig = {
  kernelName: 'ScatterNd',
  inputsToSave: ['indices'],
  gradFunc: (dy, saved) => {
    const [indices] = saved as [Tensor];
    const vectors = indices.rank > 1 ? indices : tf.reshape(indices, [-1, 1]);
    return { updates: () => tf.gatherND(dy as Tensor, vectors), indices: () => indices };
  },
};

const tensorScatterUpdate: GradConfig = {
  kernelName: 'TensorScatterUpdate',
  inputsToSave: ['indices', 'updates'],
  gradFunc: (dy, saved) => {
    const [indices, updates] = saved as [Tensor, Tensor];
    return {
      tensor: () => tf.tensorScatterUpdate(dy as Tensor, indices, tf.zerosLike(updates)),
      updates: () => tf.gatherND(dy as Tensor, indices),
      indices: () => indices,
    };
  },
};

/** Slices the positions of the entries in the same way to know where the gradients belong. */
const stridedSlice: GradConfig = {
  kernelName: 'StridedSlice',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [Tensor];
    const positions = (): Tensor =>
      tf.engine().runKernel('StridedSlice', { x: tf.reshape(tf.range(0, x.size, 1, 'int32'), x.shape) }, attrs);
    return { x: () => tf.reshape(tf.unsortedSegmentSum(tf.reshape(dy as Tensor, [-1]), tf.reshape(positions(), [-1]), x.size), x.shape) };
  },
};

export const indexingGradients: readonly GradConfig[] = [gather, gatherNd, scatterNd, tensorScatterUpdate, stridedSlice];
