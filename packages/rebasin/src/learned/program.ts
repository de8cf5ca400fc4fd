import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import { adamw, clipGradients, cosineWarmup, globalNorm, valueAndGradients, type Examples } from '@basinlab/core/training';
import { lossOn, mixtureOf, type LossContext, type Model } from '../loss/alignment-loss.js';
import type { Specs } from '../loss/best-transform.js';
import { weightDistance } from '../loss/weight-distance.js';
import { applySoftTransform, type RoleMatrices } from '../sinkhorn/soft-transform.js';
import { hasDuals, type Latent } from './latents.js';
import { assignmentSlack, type Projected } from './project.js';
import { matricesOf, pullback, relativeTo, variablesOf } from './variables.js';

/** What is between models: the first as it is, the others as their matrices by group moved them, here those of values. `weights`: a scalar for each. Inside `tf.tidy`. */
export type Merge = (
  models: readonly Model[],
  at: { readonly weights: readonly tf.Tensor[]; readonly matrices: readonly Tensors[] },
) => Model;

/** What gradients of latents are taken of. */
export interface LearnedObjective extends Specs {
  readonly latents: readonly Latent[];
  /**
   * Loss of what is between the models on examples; null: squared distance of the weights to the first over the squared norm of those, mean over models, which
   * needs no data.
   */
  readonly loss: LossContext | null;
  /** Default: the weighted sum. */
  readonly merge?: Merge | undefined;
}

const parts = ['matrix', 'reads', 'logs', 'angles'] as const;
const keyOf = (latent: string, part: string): string => `${part} of ${latent}`;

/** What the projections of a step feed to the device, by latent. */
export type Feeds = Readonly<Record<string, Tensors>>;

/** What the device is fed by projections. */
export const feedsOf = (projected: ReadonlyMap<string, Projected>): Feeds =>
  Object.fromEntries(Array.from(projected, ([name, { feed }]) => [name, feed]));

/**
 * Loss at a weighting of the models and gradients with respect to the latents: in closed form through polar factors and inverses, straight through assignments, through all
 * scalings of doubly stochastic matrices, and of factors, angles and maps themselves. Inside `tf.tidy` or a compiled function.
 */
export function latentGradients(
  { latents, specs, stateSpecs = [], loss, merge = weightedSum }: LearnedObjective,
  models: readonly Model[],
  at: { readonly latents: Tensors; readonly weights: readonly tf.Tensor[] },
  feeds: Feeds,
  examples: Examples | null,
): { value: tf.Scalar; gradients: Tensors } {
  const [first, ...others] = models as [Model, ...Model[]];
  const variables = Object.fromEntries(
    latents.flatMap((latent) => {
      const { name } = latent;
      return Object.entries(variablesOf(latent, at.latents[name]!, feeds[name]!)).map(([part, tensor]) => [keyOf(name, part), tensor]);
    }),
  );
  const partsOf = (name: string, tensors: Tensors): Tensors =>
    Object.fromEntries(parts.flatMap((part) => (keyOf(name, part) in tensors ? [[part, tensors[keyOf(name, part)]!]] : [])));
  const moveOf = (latent: Latent, values: Tensors): RoleMatrices =>
    matricesOf(latent, partsOf(latent.name, values), at.latents[latent.name]!, feeds[latent.name]!);
  const { value, gradients } = valueAndGradients((values: Tensors) => {
    const moves = others.map((_, other) => movesOf(latents, (latent) => moveOf(latent, values), other + 1));
    const moved = others.map(({ params, state }, other) => ({
      params: applySoftTransform(specs, params, moves[other]!),
      state: applySoftTransform(stateSpecs, state, moves[other]!),
    }));
    if (loss === null || examples === null) {
      const distances = moved.map(({ params }) => weightDistance(first.params, params));
      return { value: tf.mean(tf.stack(distances)) as tf.Scalar, aside: [] };
    }
    const matrices = moves.map((move) => Object.fromEntries(Object.entries(move).map(([group, { values: matrix }]) => [group, matrix])));
    const merged = merge([first, ...moved], { weights: at.weights, matrices });
    return { value: lossOn(loss.network, loss.data.task, merged, examples), aside: [] };
  }, variables);
  const pulled = latents.map((latent) => [latent.name, pullback(latent, feeds[latent.name]!, partsOf(latent.name, gradients))] as const);
  return { value, gradients: Object.fromEntries(pulled) };
}

/** What moves a model in each group; where the first is moved too, what is left of it when that is undone. */
function movesOf(latents: readonly Latent[], of: (latent: Latent) => RoleMatrices, model: number): Record<string, RoleMatrices> {
  const moves: Record<string, RoleMatrices> = {};
  for (const latent of latents) if (latent.model === model) moves[latent.group] = of(latent);
  for (const latent of latents) if (latent.model === 0) moves[latent.group] = relativeTo(of(latent), moves[latent.group]!);
  return moves;
}

const weightedSum: Merge = (models, { weights }) => mixtureOf(models, weights);

/** Rates and bounds of the descent. */
export interface DescentOptions {
  /** Of all steps. */
  readonly steps: number;
  readonly learningRate: number;
  /** Share of the steps in which the rate grows. */
  readonly warmup: number;
  /** Share of a latent that is taken off per step and unit of learning rate. */
  readonly weightDecay: number;
  /** What latents decay to: where they started (the identity), or 0. */
  readonly decayTo: 'start' | 'zero';
  /** Largest norm of all gradients together. */
  readonly clip: number;
}

const adamwOptions = adamw.options.parse({ weightDecay: 0 });

/** Latents with what AdamW keeps of them. */
export type LatentState = { latents: Tensors; slots: ReturnType<typeof adamw.init> };

/** A state to start from. */
export const startState = (latents: Tensors): LatentState => ({ latents, slots: tf.tidy(() => adamw.init(adamwOptions, latents)) });

/** Learning rate at a step from 0: warm-up, then half a cosine. */
export const rateAt = ({ steps, learningRate, warmup }: DescentOptions, step: tf.Tensor): tf.Tensor =>
  tf.mul(cosineWarmup.factor({ length: steps, warmup: Math.ceil(warmup * steps), unit: 'step' }, { epoch: step, step }), learningRate);

/** One step of AdamW on the latents. Inside `tf.tidy` or a compiled function. `step` counts from 0, `start` is where latents started. */
export function descendLatents(
  { weightDecay, decayTo, clip }: Pick<DescentOptions, 'weightDecay' | 'decayTo' | 'clip'>,
  { latents, slots }: LatentState,
  gradients: Tensors,
  { step, rate, start }: { readonly step: tf.Tensor; readonly rate: tf.Tensor; readonly start: Tensors },
): LatentState & { norm: tf.Tensor } {
  const clipped = clipGradients({ norm: clip }, gradients);
  const updated = adamw.update(adamwOptions, { step: tf.add(step, 1), learningRate: rate }, latents, clipped, slots);
  const decayed = (name: string, latent: tf.Tensor): tf.Tensor => {
    if (weightDecay === 0) return latent;
    const target = decayTo === 'zero' ? latents[name]! : tf.sub(latents[name]!, start[name]!);
    return tf.sub(latent, tf.mul(target, tf.mul(rate, weightDecay)));
  };
  return {
    latents: Object.fromEntries(Object.entries(updated.params).map(([name, latent]) => [name, decayed(name, latent)])),
    slots: updated.state,
    norm: globalNorm(gradients),
  };
}

/** Slack of every assignment, in the order of the latents that have one, [count]. */
export const slacksOf = (latents: readonly Latent[], values: Tensors, feeds: Feeds): tf.Tensor =>
  tf.stack([
    tf.scalar(0),
    ...latents.flatMap(({ name, projection }) => (hasDuals(projection) ? [assignmentSlack(feeds[name]!, values[name]!)] : [])),
  ]);
