import * as tf from '@tensorflow/tfjs-core';
import { demand, jit, type AlignmentSide, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { childKey, foldIn, uniform, type Key } from '@basinlab/core/random';
import { adam, valueAndGradients, type Examples } from '@basinlab/core/training';
import { solveAssignment } from '../lap/index.js';
import { batchOf, between, lossOn, modelOf, type LossContext, type Model } from '../loss/alignment-loss.js';
import type { Specs } from '../loss/best-transform.js';
import { judgeOf } from '../loss/judge.js';
import { weightDistance } from '../loss/weight-distance.js';
import { groupNests, groupSizes, permutations } from '../transform/index.js';
import { matchWeights } from '../weight-matching/index.js';
import { applySoftTransform } from './soft-transform.js';
import { sinkhorn } from './sinkhorn.js';

/**
 * What is descended on: the squared `distance` of the weights, which needs no data; the loss at the `midpoint` of A and the moved B; or at a
 * `random-point` between them, another in each step. Default `midpoint`.
 */
export type SinkhornObjective =
  { readonly objective: 'distance' } | ({ readonly objective?: 'midpoint' | 'random-point' | undefined } & LossContext);

/** How the scores descend. */
export interface SinkhornDescent {
  /** Where the scores begin: near what weight matching finds, or `uniform`, with every permutation alike. Default `weight-matching`. */
  readonly start?: 'weight-matching' | 'uniform';
  /** Default 200. */
  readonly steps?: number;
  /** Of Adam on the scores. Default 0.1. */
  readonly learningRate?: number;
  /** Lower is closer to a permutation. Default 1. */
  readonly temperature?: number;
  /** Row and column scalings, through which gradients are taken. Default 20. */
  readonly iterations?: number;
  /** Examples per step. Default 256. */
  readonly batch?: number;
  /** Steps between looks at the nearest permutations, of which the best is kept. Default 10. */
  readonly every?: number;
}

/** What is minimised, and how. */
export type SinkhornOptions = Specs &
  SinkhornDescent &
  SinkhornObjective & {
    readonly key: Key;
    readonly signal?: AbortSignal | undefined;
    /** Called after every step. */
    progress?(done: number, total: number): void;
  };

/** An alignment and what it reached. */
export interface SinkhornMatching {
  readonly transform: SymmetryTransform;
  /** Of the transform found: squared distance over squared norm of A, or the loss of the midpoint over all examples. */
  readonly objective: number;
  readonly steps: number;
}

/**
 * Sinkhorn re-basin: per group a matrix of scores becomes a doubly stochastic one, which moves B's units softly; Adam descends on the
 * objective with respect to the scores, and the assignments of the scores are the permutations. Stops where nothing is left to align: distance
 * 0, or a midpoint no worse than the mean of both ends. Peña et al. 2023, "Re-basin via implicit Sinkhorn differentiation"; gradients here
 * run through the unrolled iterations.
 * @throws BasinlabError for groups whose units lie in nests
 */
export async function matchSinkhorn(a: AlignmentSide, b: AlignmentSide, options: SinkhornOptions): Promise<SinkhornMatching> {
  const { specs, stateSpecs = [], key, start = 'weight-matching', signal } = options;
  const { steps = 200, learningRate = 0.1, temperature = 1, iterations = 20, batch = 256, every = 10 } = options;
  demand(steps >= 0, 'sinkhorn', 'a number of steps', steps);
  signal?.throwIfAborted();
  const context = options.objective === 'distance' ? null : options;
  const [modelA, modelB] = [modelOf(a), modelOf(b)];
  const sizes = groupSizes([...specs, ...stateSpecs]);
  const [nested] = groupNests([...specs, ...stateSpecs]).keys();
  const remedy = 'Use weight-matching, activation-matching or straight-through.';
  demand(nested === undefined, 'sinkhorn', 'groups without nests, which a doubly stochastic matrix does not keep together', nested, remedy);
  const judge = await judgeOf([modelA, modelB], options, context, batch);
  const adamOptions = adam.options.parse({});
  let scores = await firstScores(a, b, options, start, sizes, temperature);
  let slots = tf.tidy(() => adam.init(adamOptions, scores));
  const lossFor = (x: Model, y: Model, at: tf.Tensor, examples: Examples | null): tf.Scalar => {
    if (context === null || examples === null) return weightDistance(x.params, y.params);
    return lossOn(context.network, context.data.task, between(x, y, at), examples);
  };
  const descend = jit(
    (x: Model, y: Model, at: { step: tf.Tensor; point: tf.Tensor; scores: Tensors; slots: typeof slots }, examples: Examples | []) => {
      const loss = (values: Tensors) => {
        const soft = Object.fromEntries(
          Object.entries(values).map(([group, score]) => [group, sinkhorn(score as tf.Tensor2D, { temperature, iterations })]),
        );
        const moved = { params: applySoftTransform(specs, y.params, soft), state: applySoftTransform(stateSpecs, y.state, soft) };
        return { value: lossFor(x, moved, at.point, 'inputs' in examples ? examples : null), aside: [] };
      };
      const { gradients } = valueAndGradients(loss, at.scores);
      const updated = adam.update(adamOptions, { step: at.step, learningRate: tf.scalar(learningRate) }, at.scores, gradients, at.slots);
      return { scores: updated.params, slots: updated.state };
    },
    { name: 'sinkhorn' },
  );
  let taken = 0;
  try {
    for (; ; taken++) {
      signal?.throwIfAborted();
      if ((taken % every === 0 || taken === steps) && (await judge.offer([await nearest(scores)]))) break;
      if (taken === steps) break;
      const examples = context === null ? [] : batchOf(context.data, taken * batch, batch);
      const point = tf.scalar(options.objective === 'random-point' ? uniform(foldIn(childKey(key, 'points'), taken), 1)[0]! : 0.5);
      const step = tf.scalar(taken + 1);
      const next = descend(modelA, modelB, { step, point, scores, slots }, examples as Examples | []);
      tf.dispose([
        scores,
        slots,
        point,
        step,
        'inputs' in examples ? [examples.inputs, examples.labels] : [],
      ] as unknown as tf.TensorContainer);
      ({ scores, slots } = next);
      options.progress?.(taken + 1, steps);
    }
    const { transforms, objective } = judge.best();
    return { transform: transforms[0]!, objective, steps: taken };
  } finally {
    descend.dispose();
    judge.dispose();
    tf.dispose([scores, slots] as unknown as tf.TensorContainer);
  }
}

/** Scores under which a permutation has most of the mass, but all others have some. */
async function firstScores(
  a: AlignmentSide,
  b: AlignmentSide,
  { specs, key, signal }: SinkhornOptions,
  start: 'weight-matching' | 'uniform',
  sizes: ReadonlyMap<string, number>,
  temperature: number,
): Promise<Tensors> {
  const { transform } =
    start === 'uniform'
      ? { transform: {} as SymmetryTransform }
      : await matchWeights(a.params, b.params, {
          specs,
          key: childKey(key, 'start'),
          restarts: 4,
          ...(signal !== undefined && { signal }),
        });
  return Object.fromEntries(
    Array.from(sizes, ([group, units]) => {
      const scores = new Float32Array(units * units);
      const height = temperature * (Math.log(Math.max(1, units - 1)) + 2);
      const element = transform[group];
      // Scores know no signs and no angles.
      if (element !== undefined && 'indices' in element) element.indices.forEach((from, to) => (scores[to * units + from] = height));
      return [group, tf.tensor2d(scores, [units, units])];
    }),
  );
}

async function nearest(scores: Tensors): Promise<SymmetryTransform> {
  const entries = Object.entries(scores).map(async ([group, score]): Promise<[string, Int32Array]> => {
    const [rows, columns] = score.shape as [number, number];
    return [group, solveAssignment((await score.data()) as Float32Array, { rows, columns, maximise: true }).columnOf];
  });
  return permutations(await Promise.all(entries));
}
