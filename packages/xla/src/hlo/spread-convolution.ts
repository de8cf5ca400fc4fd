import type { Builder } from './builder.js';
import { range } from './check.js';
import { croppedConvolution } from './cropped-convolution.js';
import type { Value } from './graph.js';
import type { ConvolutionAttrs } from './ops/convolution.js';
import { sizeOf } from './types.js';

/**
 * A convolution, in canonical layout and without groups, of images that zeros spread (`lhsDilation`): the gradient of a strided one, also
 * called a transposed convolution. Results whose position has the same remainder by the spread meet the same entries of the kernel, so
 * every remainder is a small convolution of the images as they are; all of them run as one, side by side in the output features, and
 * interleaving puts the pixels in their places ("sub-pixel convolution", Shi et al. 2016). Kernels must not be dilated and windows must
 * move by 1; other cases, and images without pixels, stay as they are.
 */
export function spreadConvolution(b: Builder, x: Value, k: Value, attrs: ConvolutionAttrs): Value {
  const { lhsDilation: spread, padding, strides, rhsDilation } = attrs;
  const n = spread.length;
  const phases = spread.reduce((product, by) => product * by, 1);
  const isPlain = phases === 1 || [...strides, ...rhsDilation].some((by) => by !== 1) || sizeOf(x.shape) === 0;
  if (isPlain) return croppedConvolution(b, x, k, attrs);
  const axes = range(n).map((i) => phasesOf(x.shape[i + 1]!, k.shape[i]!, spread[i]!, padding[i]!));
  const [inputs, outputs] = [k.shape[n]!, k.shape[n + 1]!];
  const kernels = splitKernels(b, k, spread, axes);
  const together = croppedConvolution(b, x, b.reshape(kernels, [...axes.map(({ taps }) => taps), inputs, phases * outputs]), {
    ...attrs,
    lhsDilation: spread.map(() => 1),
    padding: axes.map(({ low, high }) => [low, high]),
  });
  const batch = x.shape[0]!;
  const apart = b.reshape(together, [batch, ...axes.map(({ blocks }) => blocks), ...spread, outputs]);
  const interleaved = b.transpose(apart, [0, ...range(n).flatMap((i) => [1 + i, 1 + n + i]), 2 * n + 1]);
  const full = b.reshape(interleaved, [batch, ...axes.map(({ blocks }, i) => blocks * spread[i]!), outputs]);
  return b.slice(
    full,
    full.shape.map(() => 0),
    [batch, ...axes.map(({ size }) => size), outputs],
  );
}

interface Phases {
  /** Size of the result. */
  readonly size: number;
  /** Results per phase, rounded up. */
  readonly blocks: number;
  /** Entries of the kernel per phase. */
  readonly taps: number;
  /** Zeros before and after the kernel that make it `taps` times the spread long. */
  readonly before: number;
  readonly after: number;
  /** Padding of the images. */
  readonly low: number;
  readonly high: number;
}

// Result h = spread q + a meets image q + t with kernel entry j = padding - a + spread t; t runs over all that some phase a needs.
function phasesOf(image: number, kernel: number, spread: number, [low, high]: readonly [number, number]): Phases {
  const size = (image - 1) * spread + 1 + low + high - kernel + 1;
  const blocks = Math.ceil(size / spread);
  const first = Math.ceil(-low / spread);
  const last = Math.floor((kernel - 1 - low + spread - 1) / spread);
  const taps = last - first + 1;
  const before = spread - 1 - low - spread * first;
  return { size, blocks, taps, before, after: taps * spread - kernel - before, low: -first, high: blocks + last - image };
}

/** Kernels [...taps, in, ...phases, out]. */
function splitKernels(b: Builder, k: Value, spread: readonly number[], axes: readonly Phases[]): Value {
  const n = axes.length;
  const padded = b.pad(k, 0, [...axes.map(({ before }) => before), 0, 0], [...axes.map(({ after }) => after), 0, 0]);
  const split = b.reshape(padded, [...axes.flatMap(({ taps }, i) => [taps, spread[i]!]), ...k.shape.slice(n)]);
  // Entries of a block lie from the last phase to the first.
  const reversed = b.reverse(
    split,
    range(n).map((i) => 2 * i + 1),
  );
  const odd = range(n).map((i) => 2 * i + 1);
  return b.transpose(reversed, [...range(n).map((i) => 2 * i), 2 * n, ...odd, 2 * n + 1]);
}
