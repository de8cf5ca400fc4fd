import * as tf from '@tensorflow/tfjs-core';
import { demand, jit, type AlignmentData, type AlignmentSide, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { childKey, dirichlet, foldIn, randomInt, type Key } from '@basinlab/core/random';
import { rowsOf, withGraph, type Examples } from '@basinlab/core/training';
import { modelOf, type LossContext, type Model } from '../loss/alignment-loss.js';
import { moveModel, type Specs } from '../loss/best-transform.js';
import { judgeOf } from '../loss/judge.js';
import { composeTransforms } from '../transform/index.js';
import { drawLambda, type LambdaSampler } from './lambda.js';
import { latentsOf, startLatents, type LatentOptions } from './latents.js';
import {
  descendLatents,
  feedsOf,
  latentGradients,
  rateAt,
  slacksOf,
  startState,
  type DescentOptions,
  type Feeds,
  type LatentState,
  type LearnedObjective,
  type Merge,
} from './program.js';
import { elementsOf, reproject, transformOf } from './reproject.js';
import type { Projected } from './project.js';

/** How group elements are learned. */
export interface LearnedDescent extends LatentOptions, Partial<DescentOptions> {
  /** Default 300. */
  readonly steps?: number;
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** Default 0.05. */
  readonly warmup?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Default `start`. */
  readonly decayTo?: 'start' | 'zero';
  /** Default 1. */
  readonly clip?: number;
  /** Examples per step. Default 32. */
  readonly batch?: number;
  /** Where between two models losses are taken. Default `narrow-uniform`. */
  readonly lambda?: LambdaSampler;
  /** Of the Dirichlet distribution from which the weights of more than two models are drawn. Default 0.1. */
  readonly concentration?: number;
  /** Of where latents start, see `startLatents`. Default 0. */
  readonly noise?: number;
  /** Steps between looks at the midpoint; the best alignment seen is kept. Default 25. */
  readonly every?: number;
  /** Looks without a better one after which it stops. Default 8. */
  readonly patience?: number;
  /** Examples that are looked at, the last of the data; no step sees them. Default 512, or a fifth of the data where that is less. */
  readonly heldOut?: number;
}

/** Models, data and steps. */
export interface LearnedMatchingOptions extends Specs, LearnedDescent {
  readonly key: Key;
  /** Network and examples; null: minimise the distance of the weights, without data. */
  readonly loss: LossContext | null;
  /** What brings B near A already. Default: nothing. */
  readonly start?: SymmetryTransform | undefined;
  /** See {@link Merge}. */
  readonly merge?: Merge | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every step. */
  progress?(done: number, total: number): void;
}

/** What a descent has come to. */
export interface LearnedOutcome {
  /** Loss in the middle on held-out examples, or the distance. */
  readonly objective: number;
  /** Mean of the losses of the models on these; 0 for the distance. */
  readonly chord: number;
  readonly steps: number;
  /** Assignments solved; those that certainly had not changed are not among them. */
  readonly assignments: number;
}

/** An alignment that was learned. */
export interface LearnedMatching extends LearnedOutcome {
  /** Brings B onto A. */
  readonly transform: SymmetryTransform;
}

/** An alignment of several models that was learned. */
export interface LearnedManyMatching extends LearnedOutcome {
  /** What brings each model to the first; nothing for that one. */
  readonly transforms: readonly SymmetryTransform[];
}

/**
 * Learns the group elements that bring B onto A: per group a latent matrix, projected to what the group's kind has (see `Projection`); AdamW descends on the
 * loss at points between A and the moved B. Gradients pass polar factors and inverses in closed form and assignments straight through. Works on any architecture through the
 * axes of its specs. Theus et al. 2025 (arXiv 2506.22712), section on learned matching; both sides: arXiv 2606.23607.
 */
export async function matchLearned(a: AlignmentSide, b: AlignmentSide, options: LearnedMatchingOptions): Promise<LearnedMatching> {
  const { start = {}, ...rest } = options;
  const { transforms, ...outcome } = await matchLearnedMany([a, b], { ...rest, starts: [start] });
  return { ...outcome, transform: transforms[1]! };
}

/**
 * The same for any number of models, all of which are brought to the first: AdamW descends on the loss of mixtures, whose weights are drawn from a Dirichlet
 * distribution (two models: by `lambda`). Theus et al. 2025, on more than two models.
 * @throws BasinlabError for fewer than two models
 */
export async function matchLearnedMany(
  models: readonly AlignmentSide[],
  options: Omit<LearnedMatchingOptions, 'start'> & {
    /** What brings each model but the first near it already. */
    readonly starts: readonly SymmetryTransform[];
  },
): Promise<LearnedManyMatching> {
  const { specs, stateSpecs, key, loss, starts, merge, signal, progress } = options;
  const descent: DescentOptions = { ...defaults, ...definedOf(options) };
  const { batch = 32, lambda: sampler = 'narrow-uniform', concentration = 0.1, noise = 0, every = 25, patience = 8 } = options;
  const { assign = true, soft = false, dual = false } = options;
  demand(models.length >= 2 && starts.length === models.length - 1, 'learned-matching', 'at least two models, all but one with a start', [
    models.length,
    starts.length,
  ]);
  demand(descent.steps >= 0, 'learned-matching', 'a number of steps', descent.steps);
  const remedy = 'What soft permutations do to the first model cannot be undone.';
  demand(assign || !(soft && dual), 'learned-matching', 'one side to move by soft permutations that stay soft', 'dual', remedy);
  signal?.throwIfAborted();
  const latents = latentsOf([...specs, ...(stateSpecs ?? [])], { ...options, models: models.length });
  const objective: LearnedObjective = { latents, specs, stateSpecs, loss, merge };
  const others = models.slice(1).map((model, other) => moveModel({ specs, stateSpecs }, modelOf(model), starts[other]!));
  const all = [modelOf(models[0]!), ...others];
  const shares = loss === null ? null : split(loss.data, options.heldOut);
  const judge = await judgeOf(all, { specs, stateSpecs }, loss === null ? null : { ...loss, data: shares!.heldOut }, Math.max(batch, 64));
  const first = startLatents(latents, { key: childKey(key, 'latents'), noise });
  let state = startState(cloned(first));
  const descend = jit(
    (
      given: readonly Model[],
      { latents: values, slots, step, weights }: LatentState & { step: tf.Tensor; weights: readonly tf.Tensor[] },
      feeds: Feeds,
      { origin, examples }: { origin: Tensors; examples: Examples | [] },
    ) => {
      const seen = 'inputs' in examples ? examples : null;
      const { gradients } = latentGradients(objective, given, { latents: values, weights }, feeds, seen);
      const next = descendLatents(descent, { latents: values, slots }, gradients, {
        step,
        rate: rateAt(descent, step),
        start: origin,
      });
      return { latents: next.latents, slots: next.slots, slacks: slacksOf(latents, next.latents, feeds) };
    },
    { name: 'learned-matching' },
  );
  const weightsAt = (taken: number): readonly number[] => {
    const drawn = foldIn(childKey(key, 'lambda'), taken);
    if (models.length > 2)
      return [
        ...dirichlet(
          drawn,
          models.map(() => concentration),
        ),
      ];
    const lambda = drawLambda(sampler, drawn);
    return [lambda, 1 - lambda];
  };
  let projected = new Map<string, Projected>();
  let [taken, assignments, looksWithout] = [0, 0, 0];
  let best = Infinity;
  try {
    let slacks: Float32Array | null = null;
    for (; ; taken++) {
      signal?.throwIfAborted();
      const next = await reproject(latents, state.latents, projected, slacks);
      projected = next.projected;
      assignments += next.solved;
      if (taken % every === 0 || taken === descent.steps) {
        const elements = await elementsOf(latents, state.latents, projected, assign);
        const isDone = await judge.offer(others.map((_, other) => transformOf(latents, elements, other + 1)));
        const { objective: value } = judge.best();
        looksWithout = value < best ? 0 : looksWithout + 1;
        best = value;
        if (isDone || looksWithout >= patience) break;
      }
      if (taken === descent.steps) break;
      const examples = shares === null ? [] : batchAt(shares.seen, foldIn(childKey(key, 'batches'), taken), batch);
      const [step, weights] = [tf.scalar(taken), weightsAt(taken).map((weight) => tf.scalar(weight))];
      const moved = descend(all, { ...state, step, weights }, feedsOf(projected), {
        origin: first,
        examples: examples as Examples | [],
      });
      tf.dispose([state, step, weights, 'inputs' in examples ? [examples.inputs, examples.labels] : []] as unknown as tf.TensorContainer);
      state = { latents: moved.latents, slots: moved.slots };
      slacks = (await moved.slacks.data()) as Float32Array;
      moved.slacks.dispose();
      progress?.(taken + 1, descent.steps);
    }
    const { transforms, objective: value } = judge.best();
    const found = transforms.map((transform, other) => composeTransforms(starts[other]!, transform));
    return { transforms: [{}, ...found], objective: value, chord: judge.chord, steps: taken, assignments };
  } finally {
    descend.dispose();
    judge.dispose();
    const data = shares === null ? [] : [shares.seen, shares.heldOut].flatMap(({ inputs, labels }) => [inputs, labels]);
    tf.dispose([state, first, others, data, ...Array.from(projected.values(), ({ feed }) => feed)] as unknown as tf.TensorContainer);
  }
}

const defaults: DescentOptions = { steps: 300, learningRate: 1e-3, warmup: 0.05, weightDecay: 0, decayTo: 'start', clip: 1 };

/** Those of the descent's options that are given. */
const definedOf = (options: LearnedDescent): Partial<DescentOptions> =>
  Object.fromEntries(
    Object.keys(defaults).flatMap((name) => {
      const value = options[name as keyof DescentOptions];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const cloned = (tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));

/** The examples for steps, and the last ones, for looks; tensors of their own. */
function split(data: AlignmentData, wanted?: number): { seen: AlignmentData; heldOut: AlignmentData } {
  const rows = data.inputs.shape[0]!;
  const held = Math.max(1, Math.min(wanted ?? 512, Math.ceil(rows / 5)));
  const part = (from: number, count: number): AlignmentData => ({
    ...{ inputs: tf.slice(data.inputs, from, count), labels: tf.slice(data.labels, from, count) },
    ...{ task: data.task, ...withGraph(data.graph) },
  });
  return { seen: part(0, Math.max(1, rows - held)), heldOut: part(rows - held, held) };
}

/** `count` examples drawn at random; the caller disposes inputs and labels. */
function batchAt({ inputs, labels, graph }: AlignmentData, key: Key, count: number): Examples {
  const rows = tf.tensor1d(randomInt(key, count, 0, inputs.shape[0]!), 'int32');
  const drawn = rowsOf({ inputs, labels, ...withGraph(graph) }, rows);
  rows.dispose();
  return drawn;
}
