import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../hlo/index.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

/** Kernels that move blocks of pixels between the spatial axes and the batch or the channels. */
export const blockKernels: Readonly<Record<string, Lowering>> = {
  DepthToSpace: lowering<'x', { blockSize: number; dataFormat: 'NHWC' | 'NCHW' }>((b, { x }, { blockSize: k, dataFormat }) => {
    const last = b.transpose(x, dataFormat === 'NHWC' ? [0, 1, 2, 3] : [0, 2, 3, 1]);
    const [n, h, w, c] = last.shape as [number, number, number, number];
    const apart = b.transpose(b.reshape(last, [n, h, w, k, k, c / (k * k)]), [0, 1, 3, 2, 4, 5]);
    const result = b.reshape(apart, [n, h * k, w * k, c / (k * k)]);
    return b.transpose(result, dataFormat === 'NHWC' ? [0, 1, 2, 3] : [0, 3, 1, 2]);
  }),
  BatchToSpaceND: lowering<'x', { blockShape: number[]; crops: number[][] }>((b, { x }, { blockShape, crops }) => {
    const shape = [...x.shape];
    const size = sizeOf(blockShape);
    const apart = tf.backend_util.getReshaped(shape, blockShape, size);
    const order = tf.backend_util.getPermuted(apart.length, blockShape.length);
    const joined = tf.backend_util.getReshapedPermuted(shape, blockShape, size);
    const start = tf.backend_util.getSliceBeginCoords(crops, blockShape.length);
    const sizes = tf.backend_util.getSliceSize(joined, crops, blockShape.length);
    const full = [...start, ...joined.slice(start.length).map(() => 0)];
    const y = b.reshape(b.transpose(b.reshape(x, apart), order), joined);
    return b.slice(
      y,
      full,
      full.map((from, i) => from + (sizes[i] ?? joined[i]!)),
    );
  }),
  SpaceToBatchND: lowering<'x', { blockShape: number[]; paddings: number[][] }>((b, { x }, { blockShape, paddings }) => {
    const size = sizeOf(blockShape);
    const amounts = x.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]);
    const padded = b.pad(
      x,
      0,
      amounts.map(([before]) => before!),
      amounts.map(([, after]) => after!),
    );
    const shape = [...padded.shape];
    const apart = tf.backend_util.getReshaped(shape, blockShape, size, false);
    const order = tf.backend_util.getPermuted(apart.length, blockShape.length, false);
    return b.reshape(b.transpose(b.reshape(padded, apart), order), tf.backend_util.getReshapedPermuted(shape, blockShape, size, false));
  }),
};
