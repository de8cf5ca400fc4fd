import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { kernelOr, withGradient } from './kernel.js';

/** Where a slice starts: one number or int32 scalar per axis, or an int32 vector with one entry per axis. */
export type SliceStart = Tensor | readonly (Tensor | number)[];

/**
 * `x[start : start + size]` with a start that may be computed on the device, so that one compiled program serves all of them. Starts are
 * clamped so that the slice lies inside `x`. Differentiable in `x`. Kernel `DynamicSlice`.
 */
export function dynamicSlice(x: Tensor, start: SliceStart, size: readonly number[]): Tensor {
  demandFits('dynamicSlice', x, size);
  const at = startVector('dynamicSlice', start, x.rank);
  return withGradient(
    [x],
    (save) => {
      save(at);
      return kernelOr('DynamicSlice', { x, start: at }, { size: [...size] }, () =>
        x.rank === 0 ? tf.clone(x) : tf.slice(x, clamped(at, x.shape, size), [...size]),
      );
    },
    (dy, [from]) => [dynamicUpdateSlice(tf.zeros(x.shape), dy, from!)],
  );
}

/** `x` with the block at `start` replaced by `update`, clamped as in {@link dynamicSlice}. Differentiable in both. Kernel `DynamicUpdateSlice`. */
export function dynamicUpdateSlice(x: Tensor, update: Tensor, start: SliceStart): Tensor {
  demandFits('dynamicUpdateSlice', x, update.shape);
  demand(x.dtype === update.dtype, 'dynamicUpdateSlice', `an update of dtype ${x.dtype}`, update.dtype);
  const at = startVector('dynamicUpdateSlice', start, x.rank);
  const size = update.shape;
  return withGradient(
    [x, update],
    (save) => {
      save(at);
      return kernelOr('DynamicUpdateSlice', { x, update, start: at }, {}, () => replaceBlock(x, update, clamped(at, x.shape, size)));
    },
    (dy, [from]) => [dynamicUpdateSlice(dy, tf.zeros(size), from!), dynamicSlice(dy, from!, size)],
  );
}

function demandFits(id: string, x: Tensor, size: readonly number[]): void {
  demand(
    size.length === x.rank && size.every((n, i) => n >= 0 && n <= x.shape[i]!),
    id,
    `a block that fits into shape [${x.shape.join(', ')}]`,
    size,
  );
}

function startVector(id: string, start: SliceStart, rank: number): Tensor {
  let vector: Tensor;
  if (start instanceof tf.Tensor) vector = start;
  else if (start.every((entry) => typeof entry === 'number')) vector = tf.tensor1d(start as number[], 'int32');
  else vector = tf.stack(start.map((entry) => (typeof entry === 'number' ? tf.scalar(entry, 'int32') : tf.cast(entry as Tensor, 'int32'))));
  demand(vector.rank === 1 && vector.shape[0] === rank, id, `one start per axis (${rank})`, vector.shape);
  return vector.dtype === 'int32' ? vector : tf.cast(vector, 'int32');
}

function clamped(start: Tensor, shape: readonly number[], size: readonly number[]): number[] {
  const wanted = start.dataSync();
  return shape.map((length, i) => Math.min(Math.max(wanted[i]!, 0), length - size[i]!));
}

function replaceBlock(x: Tensor, update: Tensor, start: readonly number[]): Tensor {
  if (x.rank === 0) return tf.clone(update);
  const paddings = x.shape.map((length, i): [number, number] => [start[i]!, length - start[i]! - update.shape[i]!]);
  const inside = tf.cast(tf.pad(tf.ones(update.shape, 'int32'), paddings), 'bool');
  return tf.where(inside, tf.pad(update, paddings), x);
}
