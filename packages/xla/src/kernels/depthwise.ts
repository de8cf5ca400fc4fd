import type { Builder, Value } from '../hlo/index.js';
import { filterPadding, finishFused, ones, spatial } from './convolution.js';
import { backwardPadding, convolutionGeometry, forwardPadding, imageAxes } from './geometry.js';
import type { Geometry, WindowedAttrs } from './geometry.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

interface FusedAttrs extends WindowedAttrs {
  activation?: string;
  leakyreluAlpha?: number;
}

/** Each channel has filters of its own, [height, width, channels, multiplier]; output channel = channel * multiplier + its filter. */
export const depthwiseKernels: Readonly<Record<string, Lowering>> = {
  DepthwiseConv2dNative: lowering<'x' | 'filter', WindowedAttrs>((b, { x, filter }, attrs) =>
    convolve(b, x, filter, convolutionGeometry(x.shape, filter.shape, attrs, true)),
  ),
  DepthwiseConv2dNativeBackpropInput: lowering<'dy' | 'filter', WindowedAttrs & { inputShape: number[] }>((b, { dy, filter }, attrs) => {
    const g = convolutionGeometry(attrs.inputShape, filter.shape, attrs, true);
    const exchanged = b.transpose(b.reverse(filter, [0, 1]), [0, 1, 3, 2]);
    return b.convolution(dy, exchanged, {
      axes: { lhs: imageAxes(g), rhs: { spatial: spatial(2), input: 2, output: 3 }, out: imageAxes(g) },
      strides: ones(2),
      padding: backwardPadding(g),
      lhsDilation: g.strides,
      rhsDilation: g.dilations,
      featureGroups: filter.shape[2]!,
      batchGroups: 1,
    });
  }),
  DepthwiseConv2dNativeBackpropFilter: lowering<'x' | 'dy', WindowedAttrs & { filterShape: number[] }>((b, { x, dy }, attrs) => {
    const g = convolutionGeometry(x.shape, attrs.filterShape, attrs, true);
    const all = b.convolution(x, dy, {
      axes: {
        lhs: { batch: g.featureAxis, feature: g.batchAxis, spatial: g.spatialAxes },
        rhs: { input: g.batchAxis, output: g.featureAxis, spatial: g.spatialAxes },
        out: { batch: 2, feature: 3, spatial: spatial(2) },
      },
      strides: g.dilations,
      padding: filterPadding(g),
      lhsDilation: ones(2),
      rhsDilation: g.strides,
      featureGroups: 1,
      batchGroups: attrs.filterShape[2]!,
    });
    return b.reshape(all, attrs.filterShape);
  }),
  FusedDepthwiseConv2D: lowering<'x' | 'filter' | 'bias' | 'preluActivationWeights', FusedAttrs>(
    (b, { x, filter, bias, preluActivationWeights }, attrs) => {
      const g = convolutionGeometry(x.shape, filter.shape, attrs, true);
      return finishFused(b, convolve(b, x, filter, g), g, bias, preluActivationWeights, attrs);
    },
  ),
};

function convolve(b: Builder, x: Value, filter: Value, g: Geometry): Value {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  return b.convolution(x, b.reshape(filter, [height, width, 1, channels * multiplier]), {
    axes: { lhs: imageAxes(g), rhs: { spatial: spatial(2), input: 2, output: 3 }, out: imageAxes(g) },
    strides: g.strides,
    padding: forwardPadding(g),
    lhsDilation: ones(2),
    rhsDilation: g.dilations,
    featureGroups: channels,
    batchGroups: 1,
  });
}
