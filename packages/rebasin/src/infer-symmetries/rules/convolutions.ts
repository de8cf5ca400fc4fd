import { backend_util } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/core';
import { indexSet, type Axis } from '../index-set.js';
import { axisAt, still, type OpRule, type RuleContext, type Traced } from '../traced.js';
import { finish } from './contractions.js';

// Channels behave as in a product of matrices; positions and kernel taps have an order that means something and stay.

type Pair = [number, number] | number;
interface ConvAttributes {
  readonly strides: Pair;
  readonly pad: 'valid' | 'same' | number;
  readonly dilations?: Pair;
  readonly dataFormat?: string;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterSize?: Pair;
}
type Shape4D = [number, number, number, number];

/** Rows and columns of the result; those of the input and the taps of the kernel are kept in place unless each position stands alone. */
function positions(x: Traced, taps: readonly Axis[], after: readonly number[], pointwise: boolean, at: RuleContext): Axis[] {
  if (pointwise) return [x.axes[1]!, x.axes[2]!];
  const reason = 'neighbouring positions take part in one sum';
  for (const axis of [x.axes[1]!, x.axes[2]!, ...taps]) at.keep(axis, reason);
  return after.map((size) => still(size));
}

const isPointwise = (before: readonly number[], after: readonly number[], height: number, width: number): boolean =>
  height === 1 && width === 1 && before[1] === after[1] && before[2] === after[2];

function channelsLast(attributes: ConvAttributes, at: RuleContext): void {
  demand(
    (attributes.dataFormat ?? 'NHWC') === 'NHWC',
    at.op,
    'feature maps [batch, height, width, channels] to trace',
    attributes.dataFormat,
  );
}

/** What both kinds of convolution share: the shape of the result, its positions, and the channels that images and filter agree on. */
function meet(inputs: Parameters<OpRule>[0], raw: Parameters<OpRule>[1], at: RuleContext, isDepthwise: boolean) {
  const attributes = raw as unknown as ConvAttributes;
  channelsLast(attributes, at);
  const { x, filter } = inputs as Record<'x' | 'filter', Traced>;
  const { strides, dilations = 1, pad, dimRoundingMode } = attributes;
  const { outShape, filterHeight, filterWidth } = backend_util.computeConv2DInfo(
    [...x.shape] as Shape4D,
    [...filter.shape] as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    isDepthwise,
  );
  const channels = at.join([axisAt(x, 3), axisAt(filter, 2)]);
  const pointwise = isPointwise(x.shape, outShape, filterHeight, filterWidth);
  const [rows, columns] = positions(x, filter.axes.slice(0, 2), outShape.slice(1, 3), pointwise, at) as [Axis, Axis];
  return { x, filter, shape: outShape, rows, columns, channels };
}

const conv2d: OpRule = (inputs, raw, at) => {
  const { x, filter, shape, rows, columns } = meet(inputs, raw, at, false);
  return finish({ dtype: 'float32', shape, axes: [x.axes[0]!, rows, columns, filter.axes[3]!] }, inputs, at);
};

/** Channel q of `multiplier` made from input channel c is c * multiplier + q: a product of the two. */
const depthwise: OpRule = (inputs, raw, at) => {
  const { x, filter, shape, rows, columns, channels } = meet(inputs, raw, at, true);
  const multiplier = filter.axes[3]!;
  const set = (axis: Axis, size: number) => indexSet(size, axis === 'uniform' ? {} : { parts: axis });
  const out: Axis = filter.shape[3] === 1 ? channels : [[set(channels, filter.shape[2]!), set(multiplier, filter.shape[3]!)]];
  return finish({ dtype: 'float32', shape, axes: [x.axes[0]!, rows, columns, out] }, inputs, at);
};

/** A transposed convolution: sums over the last axis of the filter and makes the channels of the one before. */
const transposed: OpRule = ({ dy, filter }, { inputShape }, at) => {
  const [x, f] = [dy!, filter!];
  const shape = inputShape as number[];
  at.join([axisAt(x, 3), axisAt(f, 3)]);
  const pointwise = isPointwise(x.shape, shape, f.shape[0]!, f.shape[1]!);
  const [rows, columns] = positions(x, f.axes.slice(0, 2), shape.slice(1, 3), pointwise, at) as [Axis, Axis];
  return { dtype: 'float32', shape, axes: [x.axes[0]!, rows, columns, f.axes[2]!] };
};

const pool: OpRule = ({ x }, raw, at) => {
  const { filterSize, strides, pad, dimRoundingMode } = raw as unknown as ConvAttributes;
  const { outShape } = backend_util.computePool2DInfo([...x!.shape] as Shape4D, filterSize!, strides, 1, pad, dimRoundingMode);
  const [rows, columns] = positions(x!, [], outShape.slice(1, 3), false, at) as [Axis, Axis];
  return { dtype: x!.dtype, shape: outShape, axes: [x!.axes[0]!, rows, columns, x!.axes[3]!] };
};

const resize: OpRule = ({ images }, { size }, at) => {
  const [height, width] = size as [number, number];
  const [batch, , , channels] = images!.shape as Shape4D;
  const [rows, columns] = positions(images!, [], [height, width], false, at) as [Axis, Axis];
  return { dtype: 'float32', shape: [batch, height, width, channels], axes: [images!.axes[0]!, rows, columns, images!.axes[3]!] };
};

export const convolutionRules: Readonly<Record<string, OpRule>> = {
  Conv2D: conv2d,
  FusedConv2D: conv2d,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  Conv2DBackpropInput: transposed,
  MaxPool: pool,
  AvgPool: pool,
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
};
