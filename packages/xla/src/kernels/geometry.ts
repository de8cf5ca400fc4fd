import * as tf from '@tensorflow/tfjs-core';
import type { ConvolutionAxes } from '../hlo/index.js';

export type Padding = 'valid' | 'same' | number | [number, number][];
export type DataFormat = 'NHWC' | 'NCHW' | 'NDHWC' | 'NCDHW';
export type Rounding = 'floor' | 'round' | 'ceil';

/** Attributes that convolutions and pools share; numbers stand for all spatial axes. */
export interface WindowedAttrs {
  strides: number | number[];
  pad: Padding;
  dataFormat?: DataFormat;
  dilations?: number | number[] | null;
  dimRoundingMode?: Rounding;
}

/** How windows move over the spatial axes (height and width, or depth, height and width); one entry per such axis. */
export interface Geometry {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before the first entry. */
  readonly low: readonly number[];
  readonly batchAxis: number;
  readonly featureAxis: number;
  readonly spatialAxes: readonly number[];
}

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** Geometry of a convolution of images of `shape` with filters [...spatial, in, out]. */
export function convolutionGeometry(
  shape: readonly number[],
  filter: readonly number[],
  attrs: WindowedAttrs,
  depthwise = false,
): Geometry {
  const { strides, pad, dimRoundingMode: rounding, dataFormat } = attrs;
  const dilations = attrs.dilations ?? 1;
  if (shape.length === 5) {
    const format = dataFormat === 'NCDHW' ? 'channelsFirst' : 'channelsLast';
    return fromInfo3D(
      tf.backend_util.computeConv3DInfo(
        [...shape] as Shape5,
        [...filter] as Shape5,
        strides as number,
        dilations as number,
        pad as 'same',
        false,
        format,
        rounding,
      ),
    );
  }
  const format = tf.backend_util.convertConv2DDataFormat((dataFormat ?? 'NHWC') as 'NHWC');
  return fromInfo2D(
    tf.backend_util.computeConv2DInfo(
      [...shape] as Shape4,
      [...filter] as Shape4,
      strides as number,
      dilations as number,
      pad as 'same',
      rounding,
      depthwise,
      format,
    ),
  );
}

/** Geometry of pooling. */
export function poolingGeometry(shape: readonly number[], filterSize: number | number[], attrs: WindowedAttrs): Geometry {
  const { strides, pad, dimRoundingMode: rounding } = attrs;
  if (shape.length === 5) {
    const format = attrs.dataFormat === 'NCDHW' ? 'NCDHW' : 'NDHWC';
    return fromInfo3D(
      tf.backend_util.computePool3DInfo([...shape] as Shape5, filterSize as number, strides as number, 1, pad as 'same', rounding, format),
    );
  }
  return fromInfo2D(
    tf.backend_util.computePool2DInfo([...shape] as Shape4, filterSize as [number, number], strides as number, 1, pad as 'same', rounding),
  );
}

function fromInfo2D(info: tf.backend_util.Conv2DInfo): Geometry {
  return {
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    window: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    low: [info.padInfo.top, info.padInfo.left],
    ...axes(info.dataFormat, 2),
  };
}

function fromInfo3D(info: tf.backend_util.Conv3DInfo): Geometry {
  return {
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    window: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    low: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    ...axes(info.dataFormat, 3),
  };
}

function axes(format: 'channelsFirst' | 'channelsLast', spatial: number): Pick<Geometry, 'batchAxis' | 'featureAxis' | 'spatialAxes'> {
  const from = format === 'channelsFirst' ? 2 : 1;
  return {
    batchAxis: 0,
    featureAxis: format === 'channelsFirst' ? 1 : spatial + 1,
    spatialAxes: Array.from({ length: spatial }, (_, i) => i + from),
  };
}

export const imageAxes = (g: Geometry): ConvolutionAxes['lhs'] => ({ batch: g.batchAxis, feature: g.featureAxis, spatial: g.spatialAxes });

/** Size of the window with its holes. */
export const reach = (g: Geometry, i: number): number => (g.window[i]! - 1) * g.dilations[i]! + 1;
/** Size of the output with the holes that strides leave. */
export const span = (g: Geometry, i: number): number => Math.max(0, (g.output[i]! - 1) * g.strides[i]! + 1);

/** Padding with which windows give exactly `output`; rounding up may need more at the end than tfjs says. */
export const forwardPadding = (g: Geometry): [number, number][] =>
  g.input.map((size, i) => [g.low[i]!, Math.max(0, (g.output[i]! - 1) * g.strides[i]! + reach(g, i) - size - g.low[i]!)]);

/** Padding of the strided-out output with which reversed windows give `input` back. */
export const backwardPadding = (g: Geometry): [number, number][] =>
  g.input.map((size, i) => {
    const low = reach(g, i) - 1 - g.low[i]!;
    return [low, size - 1 + reach(g, i) - span(g, i) - low];
  });
