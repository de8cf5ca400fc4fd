import type { Builder } from './builder.js';
import { range } from './check.js';
import type { Value } from './graph.js';
import { ops } from './ops/index.js';
import type { ConvolutionAttrs } from './ops/convolution.js';
import { sizeOf } from './types.js';
import type { TensorType } from './types.js';

/** Input features of a block: images, in the gradient of kernels. Blocks of 4 took 17 to 22% longer. */
const BLOCK = 8;
/** Entries of the images at every offset of a kernel, above which they do not stay in a core's cache: 2 MiB of float32. */
const CACHED = 2 ** 19;

/**
 * Whether a convolution sums over so many input features that they are better taken in blocks: few results, each of which sees large kernels, as where the
 * gradient of a convolution's kernels is computed and the features are the images of a batch.
 */
export function isBlocked(
  { axes, lhsDilation, featureGroups, batchGroups }: ConvolutionAttrs,
  images: Value,
  kernels: Value,
  results: Value,
): boolean {
  const isPlain = featureGroups === 1 && batchGroups === 1 && lhsDilation.every((by) => by === 1);
  const [window, found] = [pixels(kernels, axes.rhs.spatial), pixels(results, axes.out.spatial)];
  return isPlain && window > found && images.shape[axes.lhs.feature]! > BLOCK && sizeOf(images.shape) * found > CACHED;
}

/**
 * The same convolution as a sum over blocks of input features, in a loop: what the compiler's code copies of the images for every result stays in
 * cache, and so do both transposed sides. Processor milliseconds for 64 images on one core of a busy machine:
 *
 *   gradient of 3x3 kernels     whole   in blocks
 *   32x32x16 -> 16               33.6        11.4
 *   16x16x32 -> 32               19.0         7.3
 *   8x8x64 -> 64                  8.8         6.5
 */
export function blockedConvolution(
  b: Builder,
  images: Value,
  kernels: Value,
  attrs: ConvolutionAttrs,
  { shape, dtype }: TensorType,
): Value {
  const { lhs, rhs } = attrs.axes;
  const features = images.shape[lhs.feature]!;
  const blocks = Math.floor(features / BLOCK);
  const rest = features - blocks * BLOCK;
  const convolve = (inside: Builder, x: Value, k: Value): Value => inside.convolution(x, k, attrs);
  const last =
    rest === 0
      ? null
      : convolve(
          b,
          b.sliceAxis(images, lhs.feature, features - rest, features),
          b.sliceAxis(kernels, rhs.input, features - rest, features),
        );
  const start = [b.full(0, 'int32'), last ?? b.full(0, dtype, shape)];
  const condition = b.region(start, (inside, i) => inside.less(i!, inside.full(blocks, 'int32')));
  const body = b.region(start, (inside, i, sum) => {
    const first = inside.multiply(i!, BLOCK);
    const block = (value: Value, axis: number): Value =>
      inside.dynamicSlice(
        value,
        range(value.shape.length).map((each) => (each === axis ? first : inside.full(0, 'int32'))),
        value.shape.map((size, each) => (each === axis ? BLOCK : size)),
      );
    return [inside.add(i!, 1), inside.add(sum!, convolve(inside, block(images, lhs.feature), block(kernels, rhs.input)))];
  });
  return b.apply(ops.while, start, null, [condition, body])[1]!;
}

const pixels = ({ shape }: TensorType, spatial: readonly number[]): number => spatial.reduce((product, axis) => product * shape[axis]!, 1);
