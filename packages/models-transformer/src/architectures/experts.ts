import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { ApplyContext, GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { HIDDEN } from './attention.js';
import { timesTransposed } from './linear.js';

// A mixture of experts in place of one MLP: a router tells each token which experts see it and what each of them counts. Units of all experts lie in one row, expert
// after expert, so that one group moves all of it: experts as wholes, the units of each among themselves, and with the experts the rows of the router.

/** How many experts a layer has, and how many see a token. */
export const expertOptions = z
  .strictObject({
    /** Experts of a layer. */
    count: z.number().int().min(2),
    /** Experts that see a token, those with the largest scores. */
    active: z.number().int().positive().default(2),
    /** What unequal loads cost in training, beside the loss; 0.01 in Switch. Default 0: nothing. */
    balance: z.number().nonnegative().default(0),
  })
  .refine(({ count, active }) => active <= count, { error: 'at most as many active experts as there are', path: ['active'] });
/** Options of a mixture. */
export type Experts = z.output<typeof expertOptions>;

/** Sizes and place of one layer of experts. */
export interface ExpertsPlace extends Experts {
  /** Dotted path of the MLP, for example `blocks.0.mlp`. */
  readonly name: string;
  /** Of the residual stream. */
  readonly width: number;
  /** Moves the experts and their units; of kind `nested-permutation`, a nest for each expert. */
  readonly axis: GroupAxis;
  readonly residual: GroupAxis;
  /** Standard deviation of the initial weights. */
  readonly deviation: number;
}

/** One entry for each expert. */
const expertsOf = ({ axis }: ExpertsPlace): GroupAxis => ({ ...axis, as: 'nests' });

/** `router.weight` [experts, width], without a bias as in Mixtral, and `out.bias` [experts, width], what each expert adds whatever it sees. */
export function expertsParams(place: ExpertsPlace): { router: ParamSpec; bias: ParamSpec } {
  const { name, width, count, residual, deviation } = place;
  const shared = { shape: [count, width], axes: [expertsOf(place), residual] } as const;
  return {
    router: { ...shared, name: `${name}.router.weight`, init: { kind: 'normal', deviation }, role: 'weight', fanIn: width },
    bias: { ...shared, name: `${name}.out.bias`, init: { kind: 'zeros' }, role: 'bias' },
  };
}

/**
 * What each expert counts for each token of `x` [batch, positions, width] -> [batch, positions, experts]: the softmax of the scores over the active experts, and 0 for the
 * others, as in Mixtral (Jiang et al. 2024, arXiv 2401.04088). Where one expert is active, its share is that of all experts' softmax, which is what trains the router, as
 * in Switch (Fedus et al. 2022, arXiv 2101.03961). Experts with equal scores are active together, so that the order of experts means nothing. One vector added to all rows of the router changes no share.
 */
export function routeTokens({ name, count, active, balance }: ExpertsPlace, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  const [batch = 0, positions = 0] = x.shape;
  const scores = timesTransposed(x, params[`${name}.router.weight`]!);
  // Steps, and not comparisons, which the gradient tape does not go past: their gradient is 0.
  const ahead = tf.step(tf.sub(tf.reshape(scores, [batch, positions, 1, count]), tf.reshape(scores, [batch, positions, count, 1])));
  const isActive = tf.step(tf.sub(active - 0.5, tf.sum(ahead, -1)));
  const shares = active === 1 ? tf.mul(tf.softmax(scores), isActive) : tf.softmax(tf.add(scores, tf.mul(tf.sub(isActive, 1), -HIDDEN)));
  if (balance > 0) context.penalise(tf.mul(unevenness(scores, tf.div(isActive, active)), balance));
  context.tap({ layer: `${name}.router`, site: 'post-norm', group: null }, shares);
  return shares;
}

/**
 * How unequal the loads of experts are, a scalar, 1 where they are equal: experts * sum over experts of the share of tokens that see one (`loads`, which sum to 1) and the mean of what the
 * softmax of all `scores` gives it. Both [batch, positions, experts]. Fedus et al. 2022, equation 4.
 */
function unevenness(scores: Tensor, loads: Tensor): Tensor {
  const mean = (x: Tensor): Tensor => tf.mean(x, [0, 1]);
  return tf.mul(tf.sum(tf.mul(mean(loads), mean(tf.softmax(scores)))), scores.shape[2]!);
}

/**
 * What the experts write, weighed by their `shares` [batch, positions, experts], given what the units of all of them do, [batch, positions, experts * units], -> [batch, positions, width].
 * Every expert computes every token, and what is not asked for counts 0: the same numbers as if tokens were sent to their experts only, for experts / active times the work, in
 * products of matrices that any backend has. At small numbers of experts that is quicker than gathering.
 */
export function writeExperts({ name, count }: ExpertsPlace, params: Tensors, active: Tensor, shares: Tensor): Tensor {
  const [batch = 0, positions = 0, units = 0] = active.shape;
  const each = tf.mul(tf.reshape(active, [batch, positions, count, units / count]), tf.expandDims(shares, -1));
  const written = timesTransposed(tf.reshape(each, [batch, positions, units]), params[`${name}.out.weight`]!);
  const bias = params[`${name}.out.bias`] as Tensor2D;
  const offsets = tf.matMul(tf.reshape(shares, [batch * positions, count]) as Tensor2D, bias);
  return tf.add(written, tf.reshape(offsets, written.shape));
}
