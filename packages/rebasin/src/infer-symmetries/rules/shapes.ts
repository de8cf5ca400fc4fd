import { slice_util, util } from '@tensorflow/tfjs-core';
import { freshAxis, slice, type Axis, type Segments } from '../index-set.js';
import { reshapeAxes } from '../reshape.js';
import { axisAt, still, type OpRule, type RuleContext, type Traced } from '../traced.js';

const reshaped = (x: Traced, shape: readonly number[], at: RuleContext): Traced => {
  const { axes, weakened } = reshapeAxes(x.shape, x.axes, shape);
  if (weakened) at.note('it divides an axis in a way that exchanges cannot follow');
  return { dtype: x.dtype, shape, axes };
};

const uniformOr = (axis: Axis, use: (segments: Segments) => Axis): Axis => (axis === 'uniform' ? 'uniform' : use(axis));
const segmentsOf = (axis: Axis, size: number): Segments => (axis === 'uniform' ? freshAxis(size) : axis);
const axisNumber = (axis: unknown, shape: readonly number[]): number => util.parseAxisParam(axis as number, [...shape])[0]!;

/** Entries `begin` to `begin + size` of one axis. */
const part = (x: Traced, k: number, begin: number, size: number): Axis =>
  size === x.shape[k]! ? x.axes[k]! : uniformOr(x.axes[k]!, (segments) => slice(segments, begin, size));

/** The parts lie one behind the other: an exchange of the result's entries moves each part within itself. */
const concat: OpRule = (inputs, { axis }, at) => {
  const parts = Object.values(inputs).filter(({ shape }) => util.sizeFromShape([...shape]) > 0);
  const first = parts[0]!;
  const k = axisNumber(axis, first.shape);
  const shape = first.shape.with(
    k,
    parts.reduce((sum, { shape: sizes }) => sum + sizes[k]!, 0),
  );
  const axes = first.shape.map((_, j) =>
    j === k
      ? parts.length === 1
        ? first.axes[k]!
        : parts.flatMap((x) => segmentsOf(x.axes[k]!, x.shape[k]!))
      : at.join(parts.map((x) => axisAt(x, j))),
  );
  return { dtype: first.dtype, shape, axes };
};

const pack: OpRule = (inputs, { axis }, at) => {
  const parts = Object.values(inputs);
  const first = parts[0]!;
  const shape = first.shape.toSpliced(axis as number, 0, parts.length);
  const axes = first.shape.map((_, j) => at.join(parts.map((x) => axisAt(x, j))));
  return { dtype: first.dtype, shape, axes: axes.toSpliced(axis as number, 0, still(parts.length)) };
};

const unpack: OpRule = ({ value }, { axis }, at) => {
  const k = axisNumber(axis, value!.shape);
  at.keep(value!.axes[k]!, 'it takes entries of the axis apart');
  const one: Traced = { dtype: value!.dtype, shape: value!.shape.toSpliced(k, 1), axes: value!.axes.toSpliced(k, 1) };
  return Array.from({ length: value!.shape[k]! }, () => one);
};

const sliced: OpRule = ({ x }, { begin, size }) => {
  const [from, sizes] = slice_util.parseSliceParams(
    { shape: [...x!.shape], dtype: x!.dtype, dataId: {} },
    begin as number[],
    size as number[],
  );
  return { dtype: x!.dtype, shape: sizes!, axes: sizes!.map((length, k) => part(x!, k, from![k]!, length)) };
};

const strided: OpRule = ({ x }, attributes, at) => {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes as unknown as Record<
    'begin' | 'end' | 'strides',
    number[]
  > &
    Record<'beginMask' | 'endMask' | 'ellipsisMask' | 'newAxisMask' | 'shrinkAxisMask', number>;
  const info = slice_util.sliceInfo([...x!.shape], begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  const axes = x!.shape.map((length, k): Axis => {
    const taken = info.end[k]! - info.begin[k]!;
    if (info.strides[k] === 1) return part(x!, k, info.begin[k]!, Math.max(0, taken));
    at.keep(x!.axes[k]!, 'it takes entries at regular distances');
    return length === 1 ? [[]] : still(Math.ceil(taken / info.strides[k]!));
  });
  return reshaped({ dtype: x!.dtype, shape: info.finalShapeSparse, axes }, info.finalShape, at);
};

const split: OpRule = ({ x }, { numOrSizeSplits, axis }) => {
  const k = axisNumber(axis, x!.shape);
  const length = x!.shape[k]!;
  const given =
    typeof numOrSizeSplits === 'number' ? Array<number>(numOrSizeSplits).fill(length / numOrSizeSplits) : (numOrSizeSplits as number[]);
  const known = given.reduce((sum, size) => sum + Math.max(size, 0), 0);
  let from = 0;
  return given.map((entry) => {
    const size = entry === -1 ? length - known : entry;
    const piece: Traced = { ...x!, shape: x!.shape.with(k, size), axes: x!.axes.with(k, part(x!, k, from, size)) };
    from += size;
    return piece;
  });
};

/** Padding is a part of its own: equal entries, whose order nothing can tell. */
const pad: OpRule = ({ x }, { paddings }) => {
  const sides = paddings as [number, number][];
  const axes = sides.map(([before, after], k): Axis => {
    if (before + after === 0) return x!.axes[k]!;
    const run = (size: number): Segments => (size === 0 ? [] : freshAxis(size));
    return [...run(before), ...segmentsOf(x!.axes[k]!, x!.shape[k]!), ...run(after)];
  });
  return { dtype: x!.dtype, shape: sides.map(([before, after], k) => before + x!.shape[k]! + after), axes };
};

const mirror: OpRule = ({ x }, { paddings }, at) => {
  const sides = paddings as [number, number][];
  const shape = sides.map(([before, after], k) => before + x!.shape[k]! + after);
  const axes = shape.map((size, k): Axis => {
    if (size === x!.shape[k]) return x!.axes[k]!;
    at.keep(x!.axes[k]!, 'it repeats entries of the edge');
    return still(size);
  });
  return { dtype: x!.dtype, shape, axes };
};

const tile: OpRule = ({ x }, { reps }) => {
  const counts = reps as number[];
  const axes = counts.map((count, k): Axis => {
    const [axis, size] = [x!.axes[k]!, x!.shape[k]!];
    if (count === 1 || axis === 'uniform') return axis;
    return size === 1 ? 'uniform' : Array.from({ length: count }, () => axis).flat();
  });
  return { dtype: x!.dtype, shape: counts.map((count, k) => count * x!.shape[k]!), axes };
};

const reverse: OpRule = ({ x }, { dims }, at) => {
  for (const k of util.parseAxisParam(dims as number[], [...x!.shape])) at.keep(x!.axes[k]!, 'it turns the axis round');
  return x!;
};

export const shapeRules: Readonly<Record<string, OpRule>> = {
  Concat: concat,
  Pack: pack,
  Unpack: unpack,
  Slice: sliced,
  StridedSlice: strided,
  SplitV: split,
  PadV2: pad,
  MirrorPad: mirror,
  Tile: tile,
  Reverse: reverse,
  Reshape: ({ x }, { shape }, at) => reshaped(x!, util.inferFromImplicitShape(shape as number[], util.sizeFromShape([...x!.shape])), at),
  ExpandDims: ({ input }, { dim }) => {
    const at = (dim as number) < 0 ? input!.shape.length + 1 + (dim as number) : (dim as number);
    return { ...input!, shape: input!.shape.toSpliced(at, 0, 1), axes: input!.axes.toSpliced(at, 0, [[]]) };
  },
  Transpose: ({ x }, { perm }) => ({
    dtype: x!.dtype,
    shape: (perm as number[]).map((k) => x!.shape[k]!),
    axes: (perm as number[]).map((k) => x!.axes[k]!),
  }),
  BroadcastTo: ({ x }, { shape }) => {
    const sizes = shape as number[];
    const skip = sizes.length - x!.shape.length;
    const axes = sizes.map((size, k): Axis => (k < skip || x!.shape[k - skip] !== size ? 'uniform' : x!.axes[k - skip]!));
    return { dtype: x!.dtype, shape: sizes, axes: axes.map((axis, k) => (sizes[k] === 1 ? [[]] : axis)) };
  },
};
