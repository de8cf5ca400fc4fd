import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Architecture, type SymmetryBreaking } from '@basinlab/core';
import { type Graph, type Network, type ParamSpec } from '@basinlab/tensor';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { z } from 'zod';

const options = z.strictObject({});
type None = Record<string, never>;
const weight = (name: string, shape: number[], role: ParamSpec['role'] = 'weight'): ParamSpec => ({
  name,
  shape,
  role,
  init: { kind: 'normal', deviation: 0.7 },
  axes: shape.map(() => null),
});

/** Every way to use a parameter: images [5, 5, 2] -> strided convolution, norm at positions, tokens, embedding, tied weights, masked head. */
const unusual: Architecture<None> = {
  id: 'unusual',
  summary: 'Uses of parameters that the kernel tells apart',
  options,
  params: () => [
    weight('filter', [3, 2, 3, 3]),
    weight('gain', [3], 'norm'),
    weight('offset', [3], 'norm'),
    weight('token', [4, 3]),
    weight('tokenBias', [4], 'bias'),
    weight('place', [9, 4], 'embedding'),
    weight('mixer', [4, 4]),
    weight('tied', [4, 4]),
    weight('dense', [4, 6]),
    weight('few', [5, 6]),
    weight('many', [3, 5]),
    weight('headBias', [3], 'bias'),
    weight('unused', [2]),
  ],
  activations: () => [],
  activation: () => 'relu',
  apply: (_, p, x) => {
    const rows = x.shape[0]!;
    const maps = tf.conv2d(x as tf.Tensor4D, tf.transpose(p['filter']!, [2, 3, 1, 0]) as tf.Tensor4D, 2, 1);
    const normal = tf.tanh(tf.add(tf.mul(maps, p['gain']!), p['offset']!));
    const tokens = tf.add(tf.matMul(tf.reshape(normal, [rows * 9, 3]), p['token'] as tf.Tensor2D, false, true), p['tokenBias']!);
    const placed = tf.add(tf.reshape(tokens, [rows, 9, 4]), p['place']!);
    const mixed = tf.matMul(tf.tanh(placed), p['mixer'] as tf.Tensor2D);
    const pooled = tf.mean(mixed, 1) as tf.Tensor2D;
    const once = tf.tanh(tf.matMul(pooled, p['tied'] as tf.Tensor2D));
    const twice = tf.tanh(tf.matMul(once as tf.Tensor2D, p['tied'] as tf.Tensor2D));
    const wide = tf.tanh(tf.matMul(twice as tf.Tensor2D, p['dense'] as tf.Tensor2D));
    const next = tf.tanh(tf.matMul(wide as tf.Tensor2D, p['few'] as tf.Tensor2D, false, true));
    return tf.add(tf.matMul(next as tf.Tensor2D, p['many'] as tf.Tensor2D, false, true), p['headBias']!);
  },
};

/** Few zeros, many zeros, and scales that are neither 0 nor 1. */
const scaled: SymmetryBreaking<None> = {
  id: 'scaled',
  summary: 'Scales of every kind',
  options,
  constants: ({ name, shape }) => {
    const random = normal(
      keyFromSeed(name.length),
      shape.reduce((a, b) => a * b, 1),
    );
    if (name === 'few')
      return {
        scale: tf.tensor(
          random.map((value) => (value < 0.8 ? 1 : 0)),
          [...shape],
        ),
        shift: tf.fill([...shape], 0.1),
      };
    if (name === 'many')
      return {
        scale: tf.tensor(
          random.map((value) => (value > 0.8 ? 1 : 0)),
          [...shape],
        ),
      };
    if (['filter', 'token', 'dense', 'offset', 'mixer'].includes(name)) return { scale: tf.tensor(random, [...shape]) };
    return null;
  },
};

/** A network of nodes: each takes its own features and those of the sources of its edges. */
const ofNodes: Architecture<None> = {
  id: 'of-nodes',
  summary: 'A small network of nodes',
  options,
  input: 'nodes',
  params: () => [weight('first', [4, 3]), weight('second', [2, 4])],
  activations: () => [],
  activation: () => 'relu',
  apply: (_, p, nodes, { graph }) => {
    const hidden = tf.tanh(tf.matMul(graph!.features as tf.Tensor2D, p['first'] as tf.Tensor2D, false, true));
    const around = tf.add(tf.gather(hidden, nodes as tf.Tensor1D), tf.gather(hidden, tf.gather(graph!.sources, nodes as tf.Tensor1D)));
    return tf.matMul(around as tf.Tensor2D, p['second'] as tf.Tensor2D, false, true);
  },
};

export const unusualNetwork = (): Network => buildNetwork({ architecture: unusual, options: {}, breaking: scaled });
export const nodeNetwork = (): Network => buildNetwork({ architecture: ofNodes, options: {}, breaking: scaled });

/** A ring of five nodes. */
export const ring = (): Graph => ({
  features: tf.tensor2d(normal(keyFromSeed(3), 15), [5, 3]),
  sources: tf.tensor1d([1, 2, 3, 4, 0], 'int32'),
  targets: tf.tensor1d([0, 1, 2, 3, 4], 'int32'),
  offsets: tf.tensor1d([0, 1, 2, 3, 4, 5], 'int32'),
  degrees: tf.ones([5]),
});
