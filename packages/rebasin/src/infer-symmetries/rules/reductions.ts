import { util } from '@tensorflow/tfjs-core';
import { still, type OpRule, type Traced } from '../traced.js';

// A reduction gives the same for every order of what it reduces, and so asks nothing of that axis. So do softmax and norms: they reduce
// and then broadcast.

const axisNumber = (axis: unknown, shape: readonly number[]): number => util.parseAxisParam(axis as number, [...shape])[0]!;

const reduction =
  (dtype?: Traced['dtype']): OpRule =>
  ({ x }, { axis, reductionIndices, keepDims }) => {
    const reduced = util.parseAxisParam((axis ?? reductionIndices ?? null) as number[], [...x!.shape]);
    const kept = x!.shape.map((_, k) => k).filter((k) => keepDims === true || !reduced.includes(k));
    return {
      dtype: dtype ?? x!.dtype,
      shape: kept.map((k) => (reduced.includes(k) ? 1 : x!.shape[k]!)),
      axes: kept.map((k) => (reduced.includes(k) ? [[]] : x!.axes[k]!)),
    };
  };

/** The answer is a place on the axis, so that its entries may not change places. */
const place: OpRule = ({ x }, { axis }, at) => {
  const k = axisNumber(axis, x!.shape);
  at.keep(x!.axes[k]!, 'it tells where on the axis an entry is');
  return { dtype: 'int32', shape: x!.shape.toSpliced(k, 1), axes: x!.axes.toSpliced(k, 1) };
};

const same: OpRule = ({ x, logits }) => (x ?? logits)!;

const running: OpRule = ({ x }, { axis }, at) => {
  const k = axisNumber(axis, x!.shape);
  at.keep(x!.axes[k]!, 'what it gives depends on the order along the axis');
  return x!;
};

export const reductionRules: Readonly<Record<string, OpRule>> = {
  ...Object.fromEntries(['Sum', 'Mean', 'Max', 'Min', 'Prod'].map((name) => [name, reduction()])),
  All: reduction('bool'),
  Any: reduction('bool'),
  ArgMax: place,
  ArgMin: place,
  Softmax: same,
  LogSoftmax: same,
  Cumsum: running,
  Cumprod: running,
  // Sorted values do not depend on the order before; their own places mean something.
  Sort: ({ x }, { axis }) => {
    const k = axisNumber(axis, x!.shape);
    return { ...x!, axes: x!.axes.with(k, still(x!.shape[k]!)) };
  },
  ArgSort: ({ x }, { axis }, at) => {
    at.keep(x!.axes[axisNumber(axis, x!.shape)]!, 'it tells where on the axis entries are');
    return { ...x!, dtype: 'int32' };
  },
  TopK: ({ x }, { k }, at) => {
    at.keep(x!.axes.at(-1)!, 'it tells where on the axis entries are');
    const top: Traced = { ...x!, shape: [...x!.shape.slice(0, -1), k as number], axes: [...x!.axes.slice(0, -1), still(k as number)] };
    return [top, { ...top, dtype: 'int32' }];
  },
  LRN: ({ x }, _, at) => {
    at.keep(x!.axes.at(-1)!, 'it normalises over neighbouring channels');
    return x!;
  },
};
