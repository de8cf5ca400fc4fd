import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../hlo/index.js';
import type { DType } from '../hlo/index.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';
import { axesOf } from './reductions.js';

export const shapeKernels: Readonly<Record<string, Lowering>> = {
  Identity: lowering<'x'>((_, { x }) => x),
  Cast: lowering<'x', { dtype: DType }>((b, { x }, { dtype }) => b.convert(x, dtype)),
  Reshape: lowering<'x', { shape: number[] }>((b, { x }, { shape }) =>
    b.reshape(x, tf.util.inferFromImplicitShape(shape, sizeOf(x.shape))),
  ),
  ExpandDims: lowering<'input', { dim: number }>((b, { input }, { dim }) =>
    b.expandDims(input, [dim < 0 ? input.shape.length + dim + 1 : dim]),
  ),
  Transpose: lowering<'x', { perm: number[] }>((b, { x }, { perm }) => b.transpose(x, perm)),
  BroadcastTo: lowering<'x', { shape: number[] }>((b, { x }, { shape }) => b.broadcastTo(x, shape)),
  Tile: lowering<'x', { reps: number[] }>((b, { x }, { reps }) => {
    const apart = x.shape.flatMap((size, i) => [reps[i]!, size]);
    const repeated = b.broadcastInDim(
      x,
      apart,
      x.shape.map((_, i) => 2 * i + 1),
    );
    return b.reshape(
      repeated,
      x.shape.map((size, i) => size * reps[i]!),
    );
  }),
  Reverse: lowering<'x', { dims: number | number[] }>((b, { x }, { dims }) => b.reverse(x, axesOf(dims, x.shape))),
  FlipLeftRight: lowering<'image'>((b, { image }) => b.reverse(image, [2])),
};
