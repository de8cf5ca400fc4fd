import type { Builder, Value } from '../hlo/index.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

interface ResponseAttrs {
  depthRadius: number;
  bias: number;
  alpha: number;
  beta: number;
}

export const normalizationKernels: Readonly<Record<string, Lowering>> = {
  Softmax: lowering<'logits', { dim: number }>((b, { logits }, { dim }) => {
    const axes = [dim < 0 ? dim + logits.shape.length : dim];
    const powers = b.exp(centred(b, logits, axes));
    return b.divide(powers, b.reduceSum(powers, axes, true));
  }),
  LogSoftmax: lowering<'logits', { axis: number }>((b, { logits }, { axis }) => {
    const axes = [axis < 0 ? axis + logits.shape.length : axis];
    const x = centred(b, logits, axes);
    return b.subtract(x, b.log(b.reduceSum(b.exp(x), axes, true)));
  }),
  FusedBatchNorm: lowering<'x' | 'mean' | 'variance' | 'offset' | 'scale', { varianceEpsilon?: number }>(
    (b, { x, mean, variance, offset, scale }, { varianceEpsilon = 0.001 }) => {
      const factor = b.rsqrt(b.add(variance, varianceEpsilon));
      const scaled = b.multiply(b.subtract(x, mean), (scale as Value | undefined) === undefined ? factor : b.multiply(factor, scale));
      return (offset as Value | undefined) === undefined ? scaled : b.add(scaled, offset);
    },
  ),
  LRN: lowering<'x', ResponseAttrs>((b, { x }, attrs) => b.multiply(x, b.power(energy(b, x, attrs), -attrs.beta))),
  LRNGrad: lowering<'x' | 'y' | 'dy', ResponseAttrs>((b, { x, y, dy }, attrs) => {
    const norm = energy(b, x, attrs);
    const through = acrossChannels(b, b.divide(b.multiply(dy, y), norm), attrs.depthRadius);
    return b.subtract(b.multiply(dy, b.power(norm, -attrs.beta)), b.multiply(b.multiply(x, through), 2 * attrs.alpha * attrs.beta));
  }),
};

const centred = (b: Builder, x: Value, axes: number[]): Value => b.subtract(x, b.reduceMax(x, axes, true));

/** bias + alpha * (sum of squares over neighbouring channels), the channels being the last axis. */
const energy = (b: Builder, x: Value, { depthRadius, bias, alpha }: ResponseAttrs): Value =>
  b.add(b.multiply(acrossChannels(b, b.multiply(x, x), depthRadius), alpha), bias);

const acrossChannels = (b: Builder, x: Value, radius: number): Value =>
  b.reduceWindow(x, 'add', {
    window: [1, 1, 1, 2 * radius + 1],
    padding: [
      [0, 0],
      [0, 0],
      [0, 0],
      [radius, radius],
    ],
  });
