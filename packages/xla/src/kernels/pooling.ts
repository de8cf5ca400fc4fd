import type { Builder, Value } from '../hlo/index.js';
import { backwardPadding, forwardPadding, poolingGeometry } from './geometry.js';
import type { Geometry, WindowedAttrs } from './geometry.js';
import { lowering } from './lowering.js';
import { withoutNaN } from './reductions.js';
import type { Lowering } from './lowering.js';

type PoolAttrs = WindowedAttrs & { filterSize: number | number[] };

const maxPool = lowering<'x', PoolAttrs>((b, { x }, attrs) => {
  const g = poolingGeometry(x.shape, attrs.filterSize, attrs);
  return isWhole(g) ? x : b.reduceWindow(withoutNaN(b, x, 'maximum'), 'maximum', windowAttrs(x, g));
});
const maxPoolGradient = lowering<'dy' | 'input', PoolAttrs>((b, { dy, input }, attrs) => {
  const g = { ...poolingGeometry(input.shape, attrs.filterSize, attrs), output: spatialSizes(dy, attrs) };
  return b.selectAndScatter(withoutNaN(b, input, 'maximum'), dy, 'maximum', windowAttrs(input, g));
});
const avgPool = lowering<'x', PoolAttrs>((b, { x }, attrs) => {
  const g = poolingGeometry(x.shape, attrs.filterSize, attrs);
  if (isWhole(g)) return x;
  const sums = b.reduceWindow(x, 'add', windowAttrs(x, g));
  return b.divide(sums, windowCounts(b, g, sums));
});
const avgPoolGradient = lowering<'dy' | 'input', PoolAttrs>((b, { dy, input }, attrs) => {
  const g = { ...poolingGeometry(input.shape, attrs.filterSize, attrs), output: spatialSizes(dy, attrs) };
  const padding = backwardPadding(g);
  const amount = (pick: (i: number) => number): number[] => fullRank(input, g, 0, pick);
  const shares = b.divide(dy, windowCounts(b, g, dy));
  const spread = b.pad(
    shares,
    0,
    amount((i) => padding[i]![0]),
    amount((i) => padding[i]![1]),
    amount((i) => g.strides[i]! - 1),
  );
  return b.reduceWindow(spread, 'add', { window: fullRank(input, g, 1, (i) => g.window[i]!) });
});

export const poolingKernels: Readonly<Record<string, Lowering>> = {
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
  MaxPool3D: maxPool,
  MaxPool3DGrad: maxPoolGradient,
  AvgPool: avgPool,
  AvgPoolGrad: avgPoolGradient,
  AvgPool3D: avgPool,
  AvgPool3DGrad: avgPoolGradient,
};

// The gradient kernels of tfjs are not told how sizes were rounded; the gradients that come in know.
const spatialSizes = (dy: Value, { dataFormat }: PoolAttrs): number[] =>
  dataFormat === 'NCDHW' ? dy.shape.slice(2) : dy.shape.slice(1, -1);

/** Windows of one entry, as many as there are entries: tfjs gives them back, whatever strides and padding say. */
const isWhole = (g: Geometry): boolean => g.window.every((size) => size === 1) && g.input.every((size, i) => size === g.output[i]);

const fullRank = (x: Value, g: Geometry, rest: number, pick: (i: number) => number): number[] =>
  x.shape.map((_, axis) => (g.spatialAxes.includes(axis) ? pick(g.spatialAxes.indexOf(axis)) : rest));

function windowAttrs(x: Value, g: Geometry): { window: number[]; strides: number[]; padding: [number, number][] } {
  const padding = forwardPadding(g);
  return {
    window: fullRank(x, g, 1, (i) => g.window[i]!),
    strides: fullRank(x, g, 1, (i) => g.strides[i]!),
    padding: x.shape.map((_, axis) => (g.spatialAxes.includes(axis) ? padding[g.spatialAxes.indexOf(axis)]! : [0, 0])),
  };
}

/** How many entries of the input each window covers: padding does not count. A number where all windows are full. */
function windowCounts(b: Builder, g: Geometry, y: Value): Value {
  const counts = g.input.map((size, i) =>
    Float32Array.from({ length: g.output[i]! }, (_, at) => {
      const from = at * g.strides[i]! - g.low[i]!;
      // A window that covers nothing has a sum of 0.
      return Math.max(1, Math.min(from + g.window[i]!, size) - Math.max(from, 0));
    }),
  );
  if (counts.every((axis, i) => axis.every((count) => count === g.window[i])))
    return b.full(
      g.window.reduce((a, c) => a * c, 1),
      y.dtype,
      y.shape,
    );
  const perAxis = counts.map((axis, i) => b.broadcastInDim(b.constant(axis, 'float32', [axis.length]), y.shape, [g.spatialAxes[i]!]));
  return perAxis.reduce((product, axis) => b.multiply(product, axis));
}
