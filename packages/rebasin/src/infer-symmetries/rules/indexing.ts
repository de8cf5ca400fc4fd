import { util } from '@tensorflow/tfjs-core';
import { axisAt, still, type OpRule } from '../traced.js';

// An axis that is addressed by number stays: the numbers are values, which no rule follows. The axes of the numbers themselves may move.

const reason = 'its entries are addressed by number';

const gather: OpRule = ({ x, indices }, { axis, batchDims }, at) => {
  const k = util.parseAxisParam(axis as number, [...x!.shape])[0]!;
  const batch = (batchDims as number | undefined) ?? 0;
  at.keep(x!.axes[k]!, reason);
  const shared = Array.from({ length: batch }, (_, j) => at.join([axisAt(x!, j), axisAt(indices!, j)]));
  return {
    dtype: x!.dtype,
    shape: [...x!.shape.slice(0, k), ...indices!.shape.slice(batch), ...x!.shape.slice(k + 1)],
    axes: [...shared, ...x!.axes.slice(batch, k), ...indices!.axes.slice(batch), ...x!.axes.slice(k + 1)],
  };
};

const gatherNd: OpRule = ({ params, indices }, _, at) => {
  const depth = indices!.shape.at(-1)!;
  for (const axis of [...params!.axes.slice(0, depth), indices!.axes.at(-1)!]) at.keep(axis, reason);
  return {
    dtype: params!.dtype,
    shape: [...indices!.shape.slice(0, -1), ...params!.shape.slice(depth)],
    axes: [...indices!.axes.slice(0, -1), ...params!.axes.slice(depth)],
  };
};

/** Rows are added up by the number of their segment: their order does not matter, that of the segments does. */
const segmentSum: OpRule = ({ x, segmentIds }, { numSegments }, at) => {
  segmentIds!.axes.forEach((_, k) => at.join([axisAt(x!, k), axisAt(segmentIds!, k)]));
  const rank = segmentIds!.shape.length;
  return {
    dtype: x!.dtype,
    shape: [numSegments as number, ...x!.shape.slice(rank)],
    axes: [still(numSegments as number), ...x!.axes.slice(rank)],
  };
};

const scatter: OpRule = ({ indices, updates }, { shape }, at) => {
  const depth = indices!.shape.at(-1)!;
  at.keep(indices!.axes.at(-1)!, reason);
  const rows = indices!.shape.length - 1;
  for (let k = 0; k < rows; k++) at.join([axisAt(indices!, k), axisAt(updates!, k)]);
  const sizes = shape as number[];
  return {
    dtype: updates!.dtype,
    shape: sizes,
    axes: sizes.map((size, k) => (k < depth ? still(size) : updates!.axes[rows + k - depth]!)),
  };
};

export const indexingRules: Readonly<Record<string, OpRule>> = {
  GatherV2: gather,
  GatherNd: gatherNd,
  UnsortedSegmentSum: segmentSum,
  ScatterNd: scatter,
  OneHot: ({ indices }, { depth, dtype }) => ({
    dtype: (dtype as 'float32' | undefined) ?? 'float32',
    shape: [...indices!.shape, depth as number],
    axes: [...indices!.axes, still(depth as number)],
  }),
};
