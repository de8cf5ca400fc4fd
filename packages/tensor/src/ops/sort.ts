import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { hostArray, hostValues, kernelOr, withGradient } from './kernel.js';
import { takeAlongAxis } from './take-along-axis.js';

/** Order of a sort. */
export interface SortOptions {
  readonly descending?: boolean;
}

/**
 * Sorts along `axis`. NaN counts as larger than every number. The gradient goes back to the positions the values came from, for equal
 * values in the order of {@link argsort}. Kernel `Sort`.
 */
export function sort(x: Tensor, axis = -1, { descending = false }: SortOptions = {}): Tensor {
  const at = checkedAxis('sort', x, axis);
  return withGradient(
    [x],
    (save) => {
      save(x);
      return kernelOr('Sort', { x }, { axis: at, descending }, () => {
        const values = hostValues(x);
        return sorted(x, at, descending, x.dtype, (i) => values[i]!);
      });
    },
    (dy, [source]) => [takeAlongAxis(dy, argsort(argsort(source!, at, { descending }), at), at)],
  );
}

/** Positions (int32) that sort `x` along `axis`. Stable: equal values keep their order, also when descending. Kernel `ArgSort`. */
export function argsort(x: Tensor, axis = -1, { descending = false }: SortOptions = {}): Tensor {
  const at = checkedAxis('argsort', x, axis);
  return kernelOr('ArgSort', { x }, { axis: at, descending }, () => sorted(x, at, descending, 'int32', (_, position) => position));
}

function checkedAxis(id: string, x: Tensor, axis: number): number {
  const at = axis < 0 ? axis + x.rank : axis;
  demand(at >= 0 && at < x.rank, id, `an axis of a tensor of rank ${x.rank}`, axis);
  return at;
}

function sorted(
  x: Tensor,
  axis: number,
  descending: boolean,
  dtype: tf.DataType,
  entry: (index: number, position: number) => number,
): Tensor {
  const length = x.shape[axis]!;
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const values = hostValues(x);
  const result = hostArray(dtype, x.size);
  const order = (a: number, b: number): number =>
    Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;
  for (let row = 0; row < x.size / length; row++) {
    const start = Math.floor(row / inner) * length * inner + (row % inner);
    const at = (position: number): number => start + position * inner;
    const positions = Array.from({ length }, (_, i) => i);
    positions.sort((p, q) => (descending ? order(values[at(q)]!, values[at(p)]!) : order(values[at(p)]!, values[at(q)]!)));
    positions.forEach((position, i) => (result[at(i)] = entry(at(position), position)));
  }
  return tf.tensor(result, x.shape, dtype);
}
