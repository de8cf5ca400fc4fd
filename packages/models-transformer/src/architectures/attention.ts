import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ApplyContext, AxisSymmetry, GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { applyLinear, linearParams } from './linear.js';

/** Sizes and place of one layer of attention. */
export interface AttentionPlace {
  /** Dotted path, for example `blocks.0.attention`; also the name of the group that moves heads. */
  readonly name: string;
  readonly width: number;
  readonly heads: number;
  /** Whether a position sees those before it only. */
  readonly causal: boolean;
  /** The residual stream that it reads and writes. */
  readonly residual: GroupAxis;
  /** Standard deviation of the initial weights, and of those that write to the residual stream. */
  readonly deviation: number;
  readonly outputDeviation: number;
}

const readers = ['query', 'key', 'value'] as const;

/**
 * Query, key, value and output projections. Rows of a head stand together. Heads can be exchanged, and the coordinates within heads too: those of queries
 * with those of keys, and those of values with what reads them, here in all heads alike.
 */
export function attentionParams({ name, width, heads, residual, deviation, outputDeviation }: AttentionPlace): ParamSpec[] {
  const within = (group: string): AxisSymmetry => ({
    segments: [
      [
        { group: name, size: heads },
        { group: `${name}.${group}`, size: width / heads },
      ],
    ],
  });
  const axes = { query: within('keys'), key: within('keys'), value: within('values') };
  return [
    ...readers.flatMap((reader) =>
      linearParams({ name: `${name}.${reader}`, inputs: width, outputs: width, inputAxis: residual, outputAxis: axes[reader], deviation }),
    ),
    ...linearParams({
      ...{ name: `${name}.output`, inputs: width, outputs: width, inputAxis: axes.value, outputAxis: residual },
      deviation: outputDeviation,
    }),
  ];
}

/**
 * Multi-head attention of `x` [batch, positions, width] to itself -> the same shape: every head takes the softmax of q k^T / sqrt(head size) over positions.
 * Vaswani et al. 2017, arXiv 1706.03762.
 */
export function applyAttention(
  { name, width, heads, causal, residual }: AttentionPlace,
  params: Tensors,
  x: Tensor,
  context: ApplyContext,
): Tensor {
  const [batch = 0, positions = 0] = x.shape;
  const size = width / heads;
  context.tap({ layer: name, site: 'input', group: residual.group }, x);
  const [query, key, value] = readers.map((reader) => {
    const linear = applyLinear(`${name}.${reader}`, params, x);
    context.tap({ layer: `${name}.${reader}`, site: 'post-linear', group: name }, linear);
    const rows = tf.reshape(linear, [batch, positions, heads, size]);
    return tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [batch * heads, positions, size]);
  });
  const scores = tf.mul(tf.matMul(query!, key!, false, true), 1 / Math.sqrt(size));
  const shares = tf.softmax(causal ? hideLater(scores, positions) : scores);
  context.tap({ layer: `${name}.shares`, site: 'post-norm', group: null }, tf.reshape(shares, [batch, heads, positions, positions]));
  const seen = tf.matMul(shares, value!);
  const joined = tf.reshape(tf.transpose(tf.reshape(seen, [batch, heads, positions, size]), [0, 2, 1, 3]), [batch, positions, width]);
  context.tap({ layer: name, site: 'post-activation', group: name }, joined);
  const out = applyLinear(`${name}.output`, params, joined);
  context.tap({ layer: `${name}.output`, site: 'post-linear', group: residual.group }, out);
  return out;
}

/** What softmax takes for nothing: its exponential is 0 beside any score. */
const HIDDEN = -1e30;

/** `scores` [..., positions, positions] without those of later positions. */
export function hideLater(scores: Tensor, positions: number): Tensor {
  const place = tf.range(0, positions, 1, 'int32');
  const isSeen = tf.greaterEqual(tf.reshape(place, [positions, 1]), tf.reshape(place, [1, positions]));
  return tf.where(isSeen, scores, tf.scalar(HIDDEN));
}
