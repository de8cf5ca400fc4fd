import type { Builder } from './builder.js';
import { range } from './check.js';
import { croppedConvolution } from './cropped-convolution.js';
import type { Value } from './graph.js';
import type { ConvolutionAttrs, ConvolutionAxes } from './ops/convolution.js';
import { spreadConvolution } from './spread-convolution.js';

// XLA's CPU compiler has fast code for convolutions of one layout only: images and results [batch, ...spatial, feature], kernels
// [...spatial, input, output]. It brings others into it, but not inside the body of a loop, where they fall to plain loops: the
// gradients of a training step, 19 times slower on a ResNet-8 (jax-ml/jax issue 12868). Images spread by zeros are never fast, and kernels
// of one pixel are matrix products. Measured per form on one core, 64 images, milliseconds, beside PyTorch 2.15:
//
//   form, in a loop                                  otherwise                          rewritten    PyTorch
//   filter gradient, 3x3, 32x32x16 -> 16             890 (as it comes)                        9.2        5.9
//   input gradient, 3x3, 32x32x16 -> 16              115 (as it comes)                        9.0        5.7
//   input gradient, 3x3, stride 2, 32x32x16 -> 32    12.7 (zeros between pixels)              5.0        7.7
//   filter gradient, 1x1, stride 2, 32x32x16 -> 32   4.6 (as convolution in this layout)      1.1        2.2
//
// Tried and slower for the first row: patches as a matrix (44 ms), three or nine products of shifted images (36, 28). Two or four
// neighbouring results as channels of one gained nothing in forward convolutions.

/** Whether `canonicalConvolution` has anything to rewrite. */
export function isCanonical({ axes, batchGroups, featureGroups, lhsDilation, padding }: ConvolutionAttrs, kernels: Value): boolean {
  if (batchGroups !== 1) return true;
  const { lhs, rhs, out } = orders(axes);
  const sorted = [lhs, rhs, out].every((order) => order.every((axis, i) => axis === i));
  const isPadded = padding.every(([low, high]) => low >= 0 && high >= 0);
  return sorted && isPadded && (featureGroups !== 1 || (lhsDilation.every((by) => by === 1) && !isPointwise(axes, kernels)));
}

/** The same convolution in the layout above, with transposes around it; as a matrix product where kernels have one pixel. */
export function canonicalConvolution(b: Builder, images: Value, kernels: Value, attrs: ConvolutionAttrs): Value {
  const { lhs, rhs, out } = orders(attrs.axes);
  const [x, k] = [moved(b, images, lhs), moved(b, kernels, rhs)];
  const inLayout = { ...attrs, axes: canonicalAxes(attrs.axes.lhs.spatial.length) };
  const computed =
    attrs.featureGroups !== 1
      ? croppedConvolution(b, x, k, inLayout)
      : isPointwise(attrs.axes, kernels)
        ? pointwise(b, x, k, inLayout)
        : spreadConvolution(b, x, k, inLayout);
  return b.transpose(
    computed,
    range(out.length).map((axis) => out.indexOf(axis)),
  );
}

// Without the barriers the compiler computes what the images come from once more while it transposes them, with strides: norm, activation
// and whole residual chains, 9% (width 16) to 18% (width 32) of the processor time of a ResNet-20 training step.
const moved = (b: Builder, x: Value, order: readonly number[]): Value =>
  order.every((axis, i) => axis === i) ? x : b.optimizationBarrier(b.transpose(b.optimizationBarrier(x)[0]!, order))[0]!;

const orders = ({ lhs, rhs, out }: ConvolutionAxes): { lhs: number[]; rhs: number[]; out: number[] } => ({
  lhs: [lhs.batch, ...lhs.spatial, lhs.feature],
  rhs: [...rhs.spatial, rhs.input, rhs.output],
  out: [out.batch, ...out.spatial, out.feature],
});

function canonicalAxes(rank: number): ConvolutionAxes {
  const images = { batch: 0, feature: rank + 1, spatial: range(rank, 1) };
  return { lhs: images, rhs: { spatial: range(rank), input: rank, output: rank + 1 }, out: images };
}

const isPointwise = ({ rhs }: ConvolutionAxes, kernels: Value): boolean => rhs.spatial.every((axis) => kernels.shape[axis] === 1);

/** Pads, spreads and picks pixels, on the side of the product that has fewer of them. */
function pointwise(b: Builder, x: Value, k: Value, { padding, lhsDilation, strides, precision }: ConvolutionAttrs): Value {
  const around = (inner: readonly number[]): number[] => [0, ...inner, 0];
  const place = (images: Value): Value =>
    b.pad(images, 0, around(padding.map(([low]) => low)), around(padding.map(([, high]) => high)), around(lhsDilation.map((by) => by - 1)));
  const multiply = (images: Value): Value =>
    b.dotGeneral(images, b.reshape(k, k.shape.slice(-2)), { lhsContract: [images.shape.length - 1], rhsContract: [0], precision });
  const isSpread = lhsDilation.some((by) => by > 1);
  const placed = isSpread ? place(multiply(x)) : place(x);
  const picked = b.slice(
    placed,
    placed.shape.map(() => 0),
    placed.shape,
    [1, ...strides, 1],
  );
  return isSpread ? picked : multiply(picked);
}
