import * as tf from '@tensorflow/tfjs-core';
import { argExtreme } from '../hlo/index.js';
import type { Builder, Value } from '../hlo/index.js';
import { countable, float } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

type Axes = number | number[] | null | undefined;
interface ReductionAttrs {
  axis?: Axes;
  reductionIndices?: Axes;
  keepDims?: boolean;
}

/** Non-negative axes of a tfjs axis attribute; all of them where it is absent. */
export const axesOf = (axis: Axes, shape: readonly number[]): number[] =>
  axis === undefined || axis === null ? shape.map((_, i) => i) : tf.util.parseAxisParam(axis, [...shape]);
export const axisOf = (axis: number, shape: readonly number[]): number => axesOf(axis, shape)[0]!;

/** With NaN as what never is the extreme: tfjs looks for positions and pools past it. */
export const withoutNaN = (b: Builder, x: Value, extreme: 'maximum' | 'minimum'): Value =>
  x.dtype === 'float32' ? b.select(b.isNaN(x), extreme === 'maximum' ? -Infinity : Infinity, x) : x;

const reduction = (f: (b: Builder, x: Value, axes: number[], keepDims: boolean) => Value): Lowering =>
  lowering<'x', ReductionAttrs>((b, { x }, { axis, reductionIndices, keepDims }) =>
    f(b, x, axesOf(reductionIndices ?? axis, x.shape), keepDims ?? false),
  );

export const reductionKernels: Readonly<Record<string, Lowering>> = {
  Sum: reduction((b, x, axes, keep) => b.reduceSum(countable(b, x), axes, keep)),
  Prod: reduction((b, x, axes, keep) => b.reduceProd(countable(b, x), axes, keep)),
  // The mean of nothing is 0, as in tfjs.
  Mean: reduction((b, x, axes, keep) =>
    b.divide(
      b.reduceSum(float(b, x), axes, keep),
      Math.max(
        1,
        axes.reduce((n, axis) => n * x.shape[axis]!, 1),
      ),
    ),
  ),
  Max: reduction((b, x, axes, keep) => b.reduceMax(x, axes, keep)),
  Min: reduction((b, x, axes, keep) => b.reduceMin(x, axes, keep)),
  All: reduction((b, x, axes, keep) => b.reduceAnd(b.convert(x, 'bool'), axes, keep)),
  Any: reduction((b, x, axes, keep) => b.reduceOr(b.convert(x, 'bool'), axes, keep)),
  ArgMax: lowering<'x', { axis: number }>((b, { x }, { axis }) =>
    argExtreme(b, withoutNaN(b, countable(b, x), 'maximum'), axisOf(axis, x.shape), 'maximum'),
  ),
  ArgMin: lowering<'x', { axis: number }>((b, { x }, { axis }) =>
    argExtreme(b, withoutNaN(b, countable(b, x), 'minimum'), axisOf(axis, x.shape), 'minimum'),
  ),
};
