import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { scan } from '@basinlab/tensor';
import type { ConvolutionAttributes } from './parameter-uses.js';

// What one parameter adds to the kernel, from the inputs h of its layer and the signals d that come back to it: sums over logits c of products
// of per-sample gradients. Samples are on the first axis; `Pairs` says which of them are paired.

/** [samples, features] -> products of the features of all pairs of samples, [rows, columns]. */
export type Pairs = (features: Tensor) => Tensor;

/** All pairs of samples, or (`split` > 0) those of the first `split` samples with the others. */
export function pairsOf(split: number): Pairs {
  return (features) => {
    const flat = tf.reshape(features, [features.shape[0]!, -1]) as Tensor2D;
    return split === 0 ? tf.matMul(flat, flat, false, true) : tf.matMul(tf.slice(flat, 0, split), tf.slice(flat, split), false, true);
  };
}

/** Signals [logits, samples, ...] as features of samples: [samples, logits x ...]. */
export function bySample(signals: Tensor): Tensor {
  const [logits = 0, samples = 0] = signals.shape;
  return tf.reshape(tf.transpose(tf.reshape(signals, [logits, samples, -1]), [1, 0, 2]), [samples, -1]);
}

/** A weight [out, in] (or transposed) whose entries all count: (h h^T) * sum_c (d_c d_c^T), the gradients d_c h^T never formed. */
export function denseLinear(inputs: Tensor, signalProducts: Tensor, pairs: Pairs): Tensor {
  return tf.mul(pairs(inputs), signalProducts);
}

/**
 * The entries of a masked weight that are listed per unit: `indices` [units, count] into the inputs, each list filled up with the number of inputs.
 * sum_o (sum_c d_co d_co^T) * (h_o h_o^T), where h_o holds the listed inputs of unit o.
 */
export function listedLinear(inputs: Tensor, signals: Tensor, indices: Tensor, pairs: Pairs): Tensor {
  // One more input that is 0 everywhere, for the places without an entry.
  const rows = tf.pad(tf.transpose(inputs as Tensor2D), [
    [0, 1],
    [0, 0],
  ]);
  return overUnits(signals, indices, pairs, (chosen) => tf.transpose(tf.gather(rows, chosen) as Tensor2D));
}

/** A weight whose entries count `scale` [units, in] each. */
export function scaledLinear(inputs: Tensor, signals: Tensor, scale: Tensor, pairs: Pairs): Tensor {
  return overUnits(signals, scale, pairs, (row) => tf.mul(inputs, tf.expandDims(row, 0)));
}

/** sum over units of the products of their signals times those of their inputs; one unit at a time, nothing of size units x samples^2. */
function overUnits(signals: Tensor, perUnit: Tensor, pairs: Pairs, inputsOf: (row: Tensor) => Tensor): Tensor {
  // [logits, samples, units] -> [units, samples, logits]
  const ofUnits = tf.transpose(signals, [2, 1, 0]);
  const [total] = scan(
    (sum: Tensor, { signal, row }: { signal: Tensor; row: Tensor }): [Tensor, Record<string, never>] => [
      tf.add(sum, tf.mul(pairs(signal), pairs(inputsOf(row)))),
      {},
    ],
    tf.zerosLike(pairs(tf.squeeze(tf.slice(ofUnits, 0, 1), [0]))),
    { signal: ofUnits, row: perUnit },
  );
  return total;
}

/** Gradients of one logit, [samples, ...entries], each entry times its scale. */
export function scaledGradients(gradients: Tensor, scale: Tensor | null, pairs: Pairs): Tensor {
  return pairs(scale === null ? gradients : tf.mul(gradients, tf.expandDims(scale, 0)));
}

/**
 * A parameter that is added, or multiplied with `factor`: its gradient per sample is the signal times the factor, summed over what the parameter
 * was broadcast to. `shape` is the parameter's, aligned with the output, 1 on the first axis. [samples, ...the rest of `shape`]
 */
export function elementwiseGradients(shape: readonly number[], factor: Tensor | null, signals: Tensor, samples: number): Tensor {
  const product = unflattened(factor === null ? signals : tf.mul(signals, factor), samples);
  const aligned = [...new Array<number>(product.rank - shape.length).fill(1), ...shape];
  const broadcast = aligned.flatMap((size, axis) => (axis > 0 && size === 1 ? [axis] : []));
  return tf.reshape(tf.sum(product, broadcast), [samples, ...shape.slice(1)]);
}

/** Positions get an axis of their own where they share the first one with the samples. */
function unflattened(x: Tensor, samples: number): Tensor {
  const [rows = 0, ...rest] = x.shape;
  return rows === samples ? x : tf.reshape(x, [samples, rows / samples, ...rest]);
}

/** A weight that is applied at several positions: `inputs` [samples, positions, in], `signals` [samples, positions, out] -> [samples, in, out]. */
export function positionGradients(inputs: Tensor, signals: Tensor): Tensor {
  return tf.matMul(inputs, signals, true);
}

/** The inputs that every tap of a filter sees, tap by tap: each [samples, positions, in], aligned with the positions of the output. */
export function* tapsOf(
  x: Tensor,
  filter: readonly number[],
  { strides, pad, dilations }: ConvolutionAttributes,
): Generator<{ readonly row: number; readonly column: number; readonly inputs: Tensor }> {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter as [number, number, number, number],
    strides as [number, number],
    dilations as [number, number],
    pad as 'same',
  );
  const { top, bottom, left, right } = info.padInfo;
  const padded = tf.pad(x as Tensor4D, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const [samples = 0, , , channels = 0] = x.shape;
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const begin = [0, row * info.dilationHeight, column * info.dilationWidth, 0];
      const end = [
        samples,
        begin[1]! + (info.outHeight - 1) * info.strideHeight + 1,
        begin[2]! + (info.outWidth - 1) * info.strideWidth + 1,
        channels,
      ];
      const seen = tf.stridedSlice(padded, begin, end, [1, info.strideHeight, info.strideWidth, 1]);
      yield { row, column, inputs: tf.reshape(seen, [samples, info.outHeight * info.outWidth, channels]) };
    }
  }
}
