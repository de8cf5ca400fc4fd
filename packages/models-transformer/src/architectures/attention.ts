import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ApplyContext, AxisFactor, AxisSymmetry, GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { applyLinear, linearParams } from './linear.js';

/** Sizes and place of one layer of attention. */
export interface AttentionPlace {
  /** Dotted path, for example `blocks.0.attention`; also the name of the group that moves heads. */
  readonly name: string;
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values, each of which equally many heads of queries share (grouped queries). Default: all. */
  readonly keyValueHeads?: number | undefined;
  /** Whether queries and keys are rotated by their position. Default false. */
  readonly rotary?: boolean | undefined;
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
 * with those of keys, and those of values with what reads them, here in all heads alike. Where queries share keys, what can be exchanged are heads of keys with
 * all their queries, and the queries of a head, here in all heads alike. Coordinates that are rotated by position have a frequency for each pair, so that pairs are not exchanged; but what commutes with
 * those rotations, another rotation of each pair, leaves all scores as they are: by an angle of its own in every head of keys, and with it in the queries that share it.
 */
export function attentionParams(place: AttentionPlace): ParamSpec[] {
  const { name, width, heads, rotary = false, residual, deviation, outputDeviation } = place;
  const [shared, size] = [sharedBy(place), width / heads];
  const moved: AxisFactor = { group: name, size: heads / shared, ...(rotary && { kind: 'rotated-permutation' }) };
  const axis = (coordinates: AxisFactor, isQuery: boolean): AxisSymmetry => ({
    segments: [[moved, ...(isQuery && shared > 1 ? [{ group: `${name}.queries`, size: shared }] : []), coordinates]],
  });
  const keys: AxisFactor = rotary ? { group: null, planesOf: name, size } : { group: `${name}.keys`, size };
  const values: AxisFactor = { group: `${name}.values`, size };
  const axes = { query: axis(keys, true), key: axis(keys, false), value: axis(values, false) };
  const outputs = { query: width, key: width / shared, value: width / shared };
  return [
    ...readers.flatMap((reader) =>
      linearParams({
        ...{ name: `${name}.${reader}`, inputs: width, outputs: outputs[reader] },
        ...{ inputAxis: residual, outputAxis: axes[reader], deviation },
      }),
    ),
    ...linearParams({
      ...{ name: `${name}.output`, inputs: width, outputs: width, inputAxis: axis(values, true), outputAxis: residual },
      deviation: outputDeviation,
    }),
  ];
}

/** Heads of queries that share one of keys and values. */
const sharedBy = ({ heads, keyValueHeads = heads }: AttentionPlace): number => heads / keyValueHeads;

/**
 * Multi-head attention of `x` [batch, positions, width] to itself -> the same shape: every head takes the softmax of q k^T / sqrt(head size) over positions.
 * Vaswani et al. 2017, arXiv 1706.03762.
 */
export function applyAttention(place: AttentionPlace, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  const { name, width, heads, causal, rotary = false, residual } = place;
  const [batch = 0, positions = 0] = x.shape;
  const [shared, size] = [sharedBy(place), width / heads];
  context.tap({ layer: name, site: 'input', group: residual.group }, x);
  const [query, key, value] = readers.map((reader) => {
    const linear = applyLinear(`${name}.${reader}`, params, x);
    context.tap({ layer: `${name}.${reader}`, site: 'post-linear', group: name }, linear);
    const own = linear.shape[2]! / size;
    const rows = tf.transpose(tf.reshape(linear, [batch, positions, own, size]), [0, 2, 1, 3]);
    const turned = rotary && reader !== 'value' ? rotateByPosition(rows) : rows;
    // Queries that share keys follow one another, as more rows of one product.
    return tf.reshape(turned, [(batch * heads) / shared, reader === 'query' ? shared * positions : positions, size]);
  });
  const products = tf.matMul(query!, key!, false, true);
  const scores = tf.mul(tf.reshape(products, [batch * heads, positions, positions]), 1 / Math.sqrt(size));
  const shares = tf.softmax(causal ? hideLater(scores, positions) : scores);
  context.tap({ layer: `${name}.shares`, site: 'post-norm', group: null }, tf.reshape(shares, [batch, heads, positions, positions]));
  const kept = context.dropout(`${name}.shares`, shares);
  const seen = tf.matMul(tf.reshape(kept, [(batch * heads) / shared, shared * positions, positions]), value!);
  const joined = tf.reshape(tf.transpose(tf.reshape(seen, [batch, heads, positions, size]), [0, 2, 1, 3]), [batch, positions, width]);
  context.tap({ layer: name, site: 'post-activation', group: name }, joined);
  const out = applyLinear(`${name}.output`, params, joined);
  context.tap({ layer: `${name}.output`, site: 'post-linear', group: residual.group }, out);
  return out;
}

/** Of the slowest pair of coordinates, in positions per radian. */
const SLOWEST = 10_000;

/**
 * `x` [batch, heads, positions, size] with coordinates i and i + size / 2 rotated by position * SLOWEST^(-2 i / size), so that products of two depend on how far
 * apart they are only. Su et al. 2021, arXiv 2104.09864, laid out as in Llama.
 */
function rotateByPosition(x: Tensor): Tensor {
  const [batch, heads, positions, size] = x.shape as [number, number, number, number];
  const pairs = size / 2;
  const frequencies = tf.exp(tf.mul(tf.range(0, pairs, 1, 'float32'), -Math.log(SLOWEST) / pairs));
  const angles = tf.mul(tf.reshape(tf.range(0, positions, 1, 'float32'), [positions, 1]), tf.reshape(frequencies, [1, pairs]));
  const [cosine, sine] = [tf.cos(angles), tf.sin(angles)];
  const [first, second] = tf.unstack(tf.reshape(x, [batch, heads, positions, 2, pairs]), 3);
  const turned = [tf.sub(tf.mul(first!, cosine), tf.mul(second!, sine)), tf.add(tf.mul(second!, cosine), tf.mul(first!, sine))];
  return tf.reshape(tf.stack(turned, 3), [batch, heads, positions, size]);
}

/** What softmax takes for nothing: its exponential is 0 beside any score. */
export const HIDDEN = -1e30;

/** `scores` [..., positions, positions] without those of later positions. */
export function hideLater(scores: Tensor, positions: number): Tensor {
  const place = tf.range(0, positions, 1, 'int32');
  const isSeen = tf.greaterEqual(tf.reshape(place, [positions, 1]), tf.reshape(place, [1, positions]));
  return tf.where(isSeen, scores, tf.scalar(HIDDEN));
}
