import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import type { NamedFunction, Shaped } from './index.js';

/** A network that declares nothing: shapes of its tensors, a batch, and the function. */
export interface UndeclaredNetwork {
  readonly tensors: Readonly<Record<string, Shaped>>;
  readonly input: Shaped;
  readonly apply: NamedFunction;
}

/** `x` [batch, height, width, in] with a weight [out, in, kh, kw]. */
const conv = (x: tf.Tensor, weight: tf.Tensor, stride = 1): tf.Tensor =>
  tf.conv2d(x as tf.Tensor4D, tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D, stride, 'same');
const groupNormOfOne = (x: tf.Tensor, gain: tf.Tensor): tf.Tensor => {
  const mean = tf.mean(x, [1, 2, 3], true);
  const variance = tf.mean(tf.square(tf.sub(x, mean)), [1, 2, 3], true);
  return tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), gain);
};

/** Down and up again, with the high-resolution map concatenated to the upsampled one. */
export const uNet: UndeclaredNetwork = {
  input: { shape: [2, 4, 4, 2] },
  tensors: {
    encoder: { shape: [3, 2, 3, 3] },
    'encoder.gain': { shape: [3] },
    bottom: { shape: [5, 3, 3, 3] },
    'bottom.bias': { shape: [5] },
    decoder: { shape: [4, 8, 1, 1] },
    'joint.gain': { shape: [8] },
    out: { shape: [2, 4, 1, 1] },
  },
  apply: (p: Tensors, x) => {
    const high = tf.relu(groupNormOfOne(conv(x!, p['encoder']!), p['encoder.gain']!));
    const low = tf.relu(tf.add(conv(tf.maxPool(high as tf.Tensor4D, 2, 2, 'valid'), p['bottom']!), p['bottom.bias']!));
    const up = tf.image.resizeNearestNeighbor(low as tf.Tensor4D, [4, 4]);
    const joint = tf.mul(tf.concat([up, high], 3), p['joint.gain']!);
    return conv(tf.relu(conv(joint, p['decoder']!)), p['out']!);
  },
};

/** Two groups of channels, each convolved by its own part of one weight [out, in / groups, 3, 3]; a depthwise convolution follows. */
export const groupedConvolution: UndeclaredNetwork = {
  input: { shape: [2, 4, 4, 3] },
  tensors: { stem: { shape: [8, 3, 1, 1] }, grouped: { shape: [6, 4, 3, 3] }, depthwise: { shape: [3, 3, 6, 1] }, head: { shape: [2, 6] } },
  apply: (p: Tensors, x) => {
    const h = tf.relu(conv(x!, p['stem']!));
    const weights = tf.split(p['grouped']!, 2, 0);
    const mixed = tf.concat(
      tf.split(h, 2, 3).map((part, i) => conv(part, weights[i]!)),
      3,
    );
    const z = tf.depthwiseConv2d(tf.relu(mixed) as tf.Tensor4D, p['depthwise'] as tf.Tensor4D, 1, 'same');
    return tf.matMul(tf.mean(tf.relu(z), [1, 2]) as tf.Tensor2D, p['head'] as tf.Tensor2D, false, true);
  },
};

/** One square weight used for two layers, so that the units of both layers are the same. */
export const tiedWeights: UndeclaredNetwork = {
  input: { shape: [3, 4] },
  tensors: {
    first: { shape: [5, 4] },
    shared: { shape: [5, 5] },
    bias: { shape: [5] },
    untied: { shape: [5, 5] },
    out: { shape: [2, 5] },
    unused: { shape: [5] },
  },
  apply: (p: Tensors, x) => {
    const linear = (h: tf.Tensor, w: tf.Tensor) => tf.matMul(h as tf.Tensor2D, w as tf.Tensor2D, false, true);
    let h = tf.tanh(linear(x!, p['first']!));
    for (let layer = 0; layer < 2; layer++) h = tf.tanh(tf.add(linear(h, p['shared']!), p['bias']!));
    return linear(tf.tanh(linear(h, p['untied']!)), p['out']!);
  },
};
