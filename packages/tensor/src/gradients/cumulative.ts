import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

interface RunningAttrs {
  axis: number;
  exclusive?: boolean;
  reverse?: boolean;
}

const cumsum: GradConfig = {
  kernelName: 'Cumsum',
  gradFunc: (dy, _, attrs) => {
    const { axis, exclusive, reverse } = attrs as unknown as RunningAttrs;
    return { x: () => tf.cumsum(dy as Tensor, axis, exclusive, !reverse) };
  },
};

/** Entries must not be 0: their gradient is found by division. */
const cumprod: GradConfig = {
  kernelName: 'Cumprod',
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, saved, attrs) => {
    const [x, y] = saved as [Tensor, Tensor];
    const { axis, exclusive, reverse } = attrs as unknown as RunningAttrs;
    return { x: () => tf.div(tf.cumsum(tf.mul(dy as Tensor, y), axis, exclusive, !reverse), x) };
  },
};

const prod: GradConfig = {
  kernelName: 'Prod',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [Tensor];
    return { x: () => gradientOfProduct(x, dy as Tensor, (attrs as { axis?: number | number[] }).axis) };
  },
};

/** Each entry's gradient is the product of the entries before and after it, so that zeros need no care. */
function gradientOfProduct(x: Tensor, dy: Tensor, axis: number | number[] | undefined): Tensor {
  const all = x.shape.map((_, i) => i);
  const axes = axis === undefined || axis === null ? all : tf.util.parseAxisParam(axis, x.shape);
  const kept = all.filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const outer = kept.map((i) => x.shape[i]!);
  const moved = tf.transpose(x, order);
  const rows = tf.reshape(moved, [tf.util.sizeFromShape(outer), tf.util.sizeFromShape(axes.map((i) => x.shape[i]!))]);
  const others = tf.mul(tf.cumprod(rows, 1, true, false), tf.cumprod(rows, 1, true, true));
  const gradient = tf.reshape(tf.mul(others, tf.reshape(dy, [rows.shape[0]!, 1])), moved.shape);
  return tf.transpose(
    gradient,
    all.map((i) => order.indexOf(i)),
  );
}

export const cumulativeGradients: readonly GradConfig[] = [cumsum, cumprod, prod];
