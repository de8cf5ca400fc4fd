import { take } from '../hlo/index.js';
import type { Builder, Value } from '../hlo/index.js';
import { float } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

interface ResizeAttrs {
  alignCorners: boolean;
  halfPixelCenters?: boolean;
  size: [number, number];
}

/** For every output position: the entries of the input it reads and the weight of the second. */
interface Sampling {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weight: Float32Array;
}

/** Images are [batch, height, width, channels]. */
export const resizeKernels: Readonly<Record<string, Lowering>> = {
  ResizeBilinear: lowering<'images', ResizeAttrs>((b, { images }, attrs) =>
    [1, 2].reduce((x, axis) => interpolate(b, x, axis, bilinear(images.shape[axis]!, attrs.size[axis - 1]!, attrs)), float(b, images)),
  ),
  ResizeBilinearGrad: lowering<'images' | 'dy', ResizeAttrs>((b, { images, dy }, attrs) =>
    [1, 2].reduce((x, axis) => spread(b, x, axis, images.shape[axis]!, bilinear(images.shape[axis]!, dy.shape[axis]!, attrs)), dy),
  ),
  ResizeNearestNeighbor: lowering<'images', ResizeAttrs>((b, { images }, attrs) =>
    [1, 2].reduce((x, axis) => at(b, x, axis, nearest(images.shape[axis]!, attrs.size[axis - 1]!, attrs).from), images),
  ),
  ResizeNearestNeighborGrad: lowering<'images' | 'dy', ResizeAttrs>((b, { images, dy }, attrs) =>
    [1, 2].reduce((x, axis) => spread(b, x, axis, images.shape[axis]!, nearest(images.shape[axis]!, dy.shape[axis]!, attrs)), dy),
  ),
};

const ratio = (before: number, after: number, alignCorners: boolean): number =>
  alignCorners && after > 1 ? (before - 1) / (after - 1) : before / after;

function bilinear(before: number, after: number, { alignCorners, halfPixelCenters = false }: ResizeAttrs): Sampling {
  const by = ratio(before, after, alignCorners);
  const source = Array.from({ length: after }, (_, i) => (halfPixelCenters ? by * (i + 0.5) - 0.5 : by * i));
  const from = Int32Array.from(source, (s) => Math.max(0, Math.floor(s)));
  return {
    from,
    to: Int32Array.from(source, (s) => Math.max(0, Math.min(before - 1, Math.ceil(s)))),
    weight: Float32Array.from(source, (s, i) => s - from[i]!),
  };
}

function nearest(before: number, after: number, { alignCorners, halfPixelCenters = false }: ResizeAttrs): Sampling {
  const by = ratio(before, after, alignCorners);
  const round = alignCorners ? Math.round : Math.floor;
  const from = Int32Array.from({ length: after }, (_, i) =>
    Math.max(0, Math.min(before - 1, round(halfPixelCenters ? by * (i + 0.5) : by * i))),
  );
  return { from, to: from, weight: new Float32Array(after) };
}

const at = (b: Builder, x: Value, axis: number, positions: Int32Array): Value =>
  take(b, x, b.constant(positions, 'int32', [positions.length]), axis);

function interpolate(b: Builder, x: Value, axis: number, { from, to, weight }: Sampling): Value {
  const first = at(b, x, axis, from);
  const weights = b.broadcastInDim(b.constant(weight, 'float32', [weight.length]), first.shape, [axis]);
  return b.add(first, b.multiply(b.subtract(at(b, x, axis, to), first), weights));
}

/** The transpose of sampling: a product with the small matrix [input size, output size] of weights. */
function spread(b: Builder, dy: Value, axis: number, size: number, { from, to, weight }: Sampling): Value {
  const matrix = new Float32Array(size * from.length);
  from.forEach((position, i) => {
    matrix[position * from.length + i]! += 1 - weight[i]!;
    matrix[to[i]! * from.length + i]! += weight[i]!;
  });
  const product = b.dotGeneral(dy, b.constant(matrix, 'float32', [size, from.length]), { lhsContract: [axis], rhsContract: [1] });
  const last = product.shape.length - 1;
  return b.transpose(product, [...product.shape.keys()].slice(0, -1).toSpliced(axis, 0, last));
}
