import * as tf from '@tensorflow/tfjs-core';
import {
  demand,
  jit,
  type AlignmentData,
  type AlignmentSide,
  type GroupElement,
  type SymmetryTransform,
  type Tensors,
} from '@basinlab/core';
import { childKey, foldIn, randomInt, type Key } from '@basinlab/core/random';
import { rowsOf, withGraph, type Examples } from '@basinlab/core/training';
import { modelOf, type LossContext, type Model } from '../loss/alignment-loss.js';
import { moveModel, type Specs } from '../loss/best-transform.js';
import { judgeOf } from '../loss/judge.js';
import { composeTransforms, invertTransform } from '../transform/index.js';
import { drawLambda, type LambdaSampler } from './lambda.js';
import { latentsOf, startLatents, type Latent, type LatentOptions } from './latents.js';
import {
  descendLatents,
  doublyStochastic,
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
import { projectLatent, type Projected } from './project.js';

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
  /** Where between both models losses are taken. Default `narrow-uniform`. */
  readonly lambda?: LambdaSampler;
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

/** An alignment that was learned. */
export interface LearnedMatching {
  /** Brings B onto A. */
  readonly transform: SymmetryTransform;
  /** Of it: loss at the midpoint on held-out examples, or the distance. */
  readonly objective: number;
  /** Mean of the losses of both ends on these; 0 for the distance. */
  readonly chord: number;
  readonly steps: number;
  /** Assignments solved; those that certainly had not changed are not among them. */
  readonly assignments: number;
}

/** Slack that float32 may take away. */
const ROUNDING = 1e-6;

/**
 * Learns the group elements that bring B onto A: per group a square latent matrix, projected to an orthogonal matrix or a permutation; AdamW descends on the
 * loss at points between A and the moved B. Gradients pass polar factors in closed form and assignments straight through. Works on any architecture through the
 * axes of its specs; groups of kind `orthogonal` rotate. Theus et al. 2025 (arXiv 2506.22712), section on learned matching; both sides: arXiv 2606.23607.
 */
export async function matchLearned(a: AlignmentSide, b: AlignmentSide, options: LearnedMatchingOptions): Promise<LearnedMatching> {
  const { specs, stateSpecs, key, loss, start = {}, merge, signal, progress } = options;
  const descent: DescentOptions = { ...defaults, ...definedOf(options) };
  const { batch = 32, lambda: sampler = 'narrow-uniform', noise = 0, every = 25, patience = 8 } = options;
  const { assign = true, soft = false, dual = false } = options;
  demand(descent.steps >= 0, 'learned-matching', 'a number of steps', descent.steps);
  const remedy = 'What soft permutations do to the first model cannot be undone.';
  demand(assign || !(soft && dual), 'learned-matching', 'one side to move by soft permutations that stay soft', 'dual', remedy);
  signal?.throwIfAborted();
  const latents = latentsOf([...specs, ...(stateSpecs ?? [])], options);
  const objective: LearnedObjective = { latents, specs, stateSpecs, loss, merge };
  const modelA = modelOf(a);
  const base = moveModel({ specs, stateSpecs }, modelOf(b), start);
  const shares = loss === null ? null : split(loss.data, options.heldOut);
  const judge = await judgeOf(
    modelA,
    base,
    { specs, stateSpecs },
    loss === null ? null : { ...loss, data: shares!.heldOut },
    Math.max(batch, 64),
  );
  const first = startLatents(latents, { key: childKey(key, 'latents'), noise });
  let state = startState(cloned(first));
  const descend = jit(
    (
      x: Model,
      y: Model,
      { latents: values, slots, step, lambda }: LatentState & { step: tf.Tensor; lambda: tf.Tensor },
      feeds: Feeds,
      { origin, examples }: { origin: Tensors; examples: Examples | [] },
    ) => {
      const seen = 'inputs' in examples ? examples : null;
      const { gradients } = latentGradients(objective, { a: x, b: y }, { latents: values, lambda }, feeds, seen);
      const next = descendLatents(descent, { latents: values, slots }, gradients, {
        step,
        rate: rateAt(descent, step),
        start: origin,
      });
      return { latents: next.latents, slots: next.slots, slacks: slacksOf(latents, next.latents, feeds) };
    },
    { name: 'learned-matching' },
  );
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
        const isDone = await judge.offer(transformOf(latents, await elementsOf(latents, state.latents, projected, assign)));
        const { objective: value } = judge.best();
        looksWithout = value < best ? 0 : looksWithout + 1;
        best = value;
        if (isDone || looksWithout >= patience) break;
      }
      if (taken === descent.steps) break;
      const examples = shares === null ? [] : batchAt(shares.seen, foldIn(childKey(key, 'batches'), taken), batch);
      const [step, lambda] = [tf.scalar(taken), tf.scalar(drawLambda(sampler, foldIn(childKey(key, 'lambda'), taken)))];
      const moved = descend(modelA, base, { ...state, step, lambda }, feedsOf(projected), {
        origin: first,
        examples: examples as Examples | [],
      });
      tf.dispose([state, step, lambda, 'inputs' in examples ? [examples.inputs, examples.labels] : []] as unknown as tf.TensorContainer);
      state = { latents: moved.latents, slots: moved.slots };
      slacks = (await moved.slacks.data()) as Float32Array;
      moved.slacks.dispose();
      progress?.(taken + 1, descent.steps);
    }
    const { transform, objective: value } = judge.best();
    return { transform: composeTransforms(start, transform), objective: value, chord: judge.chord, steps: taken, assignments };
  } finally {
    descend.dispose();
    judge.dispose();
    const data = shares === null ? [] : [shares.seen, shares.heldOut].flatMap(({ inputs, labels }) => [inputs, labels]);
    tf.dispose([state, first, base, data, ...Array.from(projected.values(), ({ feed }) => feed)] as unknown as tf.TensorContainer);
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

/** Projections of a step: rotations anew, assignments only where they may have changed. */
async function reproject(
  latents: readonly Latent[],
  values: Tensors,
  before: ReadonlyMap<string, Projected>,
  slacks: Float32Array | null,
): Promise<{ projected: Map<string, Projected>; solved: number }> {
  const projected = new Map<string, Projected>();
  let [at, solved] = [0, 0];
  for (const latent of latents) {
    const known = before.get(latent.name);
    const isAssigned = latent.projection === 'assignment';
    if (isAssigned) at++;
    const stays = known !== undefined && (latent.projection === 'sinkhorn' || (isAssigned && slacks![at]! >= -ROUNDING));
    if (stays) {
      projected.set(latent.name, known);
      continue;
    }
    if (isAssigned) solved++;
    projected.set(latent.name, await projectLatent(latent, values[latent.name]!, known));
    if (known !== undefined) tf.dispose(known.feed);
  }
  return { projected, solved };
}

/** Group elements of all latents; those of doubly stochastic matrices are assigned now, or taken as they are. */
async function elementsOf(
  latents: readonly Latent[],
  values: Tensors,
  projected: ReadonlyMap<string, Projected>,
  assign: boolean,
): Promise<ReadonlyMap<string, GroupElement>> {
  const elements = new Map<string, GroupElement>();
  for (const latent of latents) {
    const [known, value] = [projected.get(latent.name)!, values[latent.name]!];
    if (latent.projection !== 'sinkhorn') elements.set(latent.name, known.element);
    else if (assign) elements.set(latent.name, (await projectLatent(latent, value, known)).element);
    else elements.set(latent.name, await softElement(value as tf.Tensor2D));
  }
  return elements;
}

async function softElement(latent: tf.Tensor2D): Promise<GroupElement> {
  const matrix = tf.tidy(() => doublyStochastic(latent));
  try {
    return { kind: 'stochastic', size: latent.shape[0], matrix: Float64Array.from(await matrix.data()) };
  } finally {
    matrix.dispose();
  }
}

/** What the elements do to B; where A is moved too, that is undone. */
function transformOf(latents: readonly Latent[], elements: ReadonlyMap<string, GroupElement>): SymmetryTransform {
  const of = (side: Latent['side']): SymmetryTransform =>
    Object.fromEntries(latents.flatMap((latent) => (latent.side === side ? [[latent.group, elements.get(latent.name)!]] : [])));
  return composeTransforms(of('b'), invertTransform(of('a')));
}

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
