import type { Builder } from './builder.js';
import type { Value } from './graph.js';
import type { ConvolutionAttrs } from './ops/convolution.js';

/**
 * A convolution in canonical layout whose images are cropped beforehand where their padding is negative: XLA's fast code for CPUs reads past the end
 * of the images there, and multiplies what it finds by zero, which makes NaN of some of it. Images spread by zeros do not meet that code.
 */
export function croppedConvolution(b: Builder, x: Value, k: Value, attrs: ConvolutionAttrs): Value {
  const { padding, lhsDilation } = attrs;
  const crops = padding.map(([low, high]) => [Math.max(0, -low), Math.max(0, -high)] as const);
  const isCropped = crops.some(([low, high]) => low + high > 0);
  const fits = crops.every(([low, high], i) => low + high <= x.shape[i + 1]!);
  if (!isCropped || !fits || lhsDilation.some((by) => by !== 1)) return b.convolution(x, k, attrs);
  const cropped = b.slice(
    x,
    [0, ...crops.map(([low]) => low), 0],
    x.shape.map((size, axis) => size - (crops[axis - 1]?.[1] ?? 0)),
  );
  return b.convolution(cropped, k, { ...attrs, padding: padding.map(([low, high]) => [Math.max(0, low), Math.max(0, high)]) });
}
