import type { Builder, Value } from '../hlo/index.js';
import { fusedActivation } from './activations.js';
import { backwardPadding, convolutionGeometry, forwardPadding, imageAxes, span } from './geometry.js';
import type { Geometry, WindowedAttrs } from './geometry.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

interface FusedAttrs extends WindowedAttrs {
  activation?: string;
  leakyreluAlpha?: number;
}
type InputGradientAttrs = WindowedAttrs & { inputShape: number[] };
type FilterGradientAttrs = WindowedAttrs & { filterShape: number[] };

const forward = lowering<'x' | 'filter', WindowedAttrs>((b, { x, filter }, attrs) =>
  convolve(b, x, filter, convolutionGeometry(x.shape, filter.shape, attrs)),
);
const inputGradient = lowering<'dy' | 'filter', InputGradientAttrs>((b, { dy, filter }, attrs) =>
  gradientOfInput(b, dy, filter, convolutionGeometry(attrs.inputShape, filter.shape, attrs)),
);
const filterGradient = lowering<'x' | 'dy', FilterGradientAttrs>((b, { x, dy }, attrs) =>
  gradientOfFilter(b, x, dy, convolutionGeometry(x.shape, attrs.filterShape, attrs)),
);

export const convolutionKernels: Readonly<Record<string, Lowering>> = {
  Conv2D: forward,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
  Conv3D: forward,
  Conv3DBackpropInputV2: inputGradient,
  Conv3DBackpropFilterV2: filterGradient,
  FusedConv2D: lowering<'x' | 'filter' | 'bias' | 'preluActivationWeights', FusedAttrs>(
    (b, { x, filter, bias, preluActivationWeights }, attrs) => {
      const g = convolutionGeometry(x.shape, filter.shape, attrs);
      const y = convolve(b, x, filter, g);
      return finishFused(b, y, g, bias, preluActivationWeights, attrs);
    },
  ),
};

/** Adds the bias and applies the activation; their vectors belong to the channels, wherever those are. */
export function finishFused(
  b: Builder,
  y: Value,
  g: Geometry,
  bias: Value | undefined,
  weights: Value | undefined,
  attrs: FusedAttrs,
): Value {
  const perChannel = (v: Value | undefined): Value | undefined =>
    v?.shape.length === 1 && v.shape[0] !== 1
      ? b.reshape(
          v,
          y.shape.map((_, axis) => (axis === g.featureAxis ? v.shape[0]! : 1)),
        )
      : v;
  const channels = perChannel(bias);
  return fusedActivation(b, channels === undefined ? y : b.add(y, channels), attrs.activation, perChannel(weights), attrs.leakyreluAlpha);
}

/** Filters are [...spatial, in, out]. */
function convolve(b: Builder, x: Value, filter: Value, g: Geometry): Value {
  const n = g.input.length;
  return b.convolution(x, filter, {
    axes: { lhs: imageAxes(g), rhs: { spatial: spatial(n), input: n, output: n + 1 }, out: imageAxes(g) },
    strides: g.strides,
    padding: forwardPadding(g),
    lhsDilation: ones(n),
    rhsDilation: g.dilations,
    featureGroups: 1,
    batchGroups: 1,
  });
}

/** The gradients spread by the strides, convolved with the reversed filters whose inputs and outputs are exchanged. */
function gradientOfInput(b: Builder, dy: Value, filter: Value, g: Geometry): Value {
  const n = g.input.length;
  return b.convolution(dy, b.reverse(filter, spatial(n)), {
    axes: { lhs: imageAxes(g), rhs: { spatial: spatial(n), input: n + 1, output: n }, out: imageAxes(g) },
    strides: ones(n),
    padding: backwardPadding(g),
    lhsDilation: g.strides,
    rhsDilation: g.dilations,
    featureGroups: 1,
    batchGroups: 1,
  });
}

/** The images convolved with the gradients as filters: channels take the place of the batch and the batch that of the channels. */
function gradientOfFilter(b: Builder, x: Value, dy: Value, g: Geometry): Value {
  const n = g.input.length;
  return b.convolution(x, dy, {
    axes: {
      lhs: { batch: g.featureAxis, feature: g.batchAxis, spatial: g.spatialAxes },
      rhs: { input: g.batchAxis, output: g.featureAxis, spatial: g.spatialAxes },
      out: { batch: n, feature: n + 1, spatial: spatial(n) },
    },
    strides: g.dilations,
    padding: filterPadding(g),
    lhsDilation: ones(n),
    rhsDilation: g.strides,
    featureGroups: 1,
    batchGroups: 1,
  });
}

export const spatial = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const ones = (n: number): number[] => Array.from({ length: n }, () => 1);
/** Padding with which the spread gradients, moved by the dilations, give exactly the filter's size. */
export const filterPadding = (g: Geometry): [number, number][] =>
  g.input.map((size, i) => [g.low[i]!, (g.window[i]! - 1) * g.dilations[i]! + span(g, i) - size - g.low[i]!]);
