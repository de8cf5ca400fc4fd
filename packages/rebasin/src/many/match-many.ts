import * as tf from '@tensorflow/tfjs-core';
import { demand, type AlignmentContext, type AlignmentSide, type ParamSpec, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { childKey, foldIn, permutation, type Key } from '@basinlab/core/random';
import { composeTransforms, identityTransform, invertTransform } from '../transform/algebra.js';
import { applyTransform } from '../transform/apply.js';
import { elementKey } from '../transform/elements.js';
import { matchWeights, type WeightMatchingOptions } from '../weight-matching/match-weights.js';
import { meanOf } from './mean.js';

/** Axes of the parameters, and how long the search goes on. */
export interface MatchManyOptions {
  readonly specs: readonly ParamSpec[];
  /** Draws the order of models and of groups. */
  readonly key: Key;
  /** Descents of the first matching of each model, of which the best is kept. Default 4. */
  readonly restarts?: number;
  /** Passes over all models at most. Default 20. */
  readonly passes?: number;
  readonly signal?: AbortSignal;
}

/** A common order of units for several models. */
export interface ManyMatching {
  /** For each model what brings it to the common order of units, the universe; the first model's own order. */
  readonly toUniverse: readonly SymmetryTransform[];
  /** Mean over pairs of the squared distance of the aligned parameters; `identityObjective` without alignment. */
  readonly objective: number;
  readonly identityObjective: number;
  readonly passes: number;
  /** False where `passes` ended the search. */
  readonly converged: boolean;
}

/**
 * Aligns any number of models at once: each gets one permutation to a common universe, so that going from model to model is consistent around
 * every cycle, exactly. One model after the other is weight-matched to the mean of those before it; then in turn every model to the mean of the others,
 * aligned as they are. Each turn can only lower the sum of
 * squared distances over all pairs, and the search stops after a pass in which none did. This is MergeMany of Ainsworth, Hayase and
 * Srinivasa 2023 (algorithm 3), and coordinate ascent on the objective of C2M3, Crisostomi et al. 2024, which they ascend by Frank-Wolfe.
 * @throws BasinlabError on fewer than two models
 */
export async function matchMany(models: readonly Tensors[], options: MatchManyOptions): Promise<ManyMatching> {
  const { specs, key, restarts = 4, passes = 20, signal } = options;
  demand(models.length >= 2, 'matchMany', 'at least two models', models.length);
  const identityObjective = await meanPairDistance(models);
  const found: SymmetryTransform[] = [identityTransform(specs)];
  const aligned: Tensors[] = [applyTransform(specs, models[0]!, {})];
  const match = async (onto: readonly Tensors[], i: number, more: Pick<WeightMatchingOptions, 'key' | 'restarts' | 'start'>) => {
    const target = tf.tidy(() => meanOf(onto));
    try {
      return (await matchWeights(target, models[i]!, { specs, ...more, ...(signal !== undefined && { signal }) })).transform;
    } finally {
      tf.dispose(target as unknown as tf.TensorContainer);
    }
  };
  let [pass, converged] = [0, false];
  try {
    for (let i = 1; i < models.length; i++) {
      found.push(await match(aligned, i, { key: foldIn(childKey(key, 'first'), i), restarts }));
      aligned.push(applyTransform(specs, models[i]!, found[i]!));
    }
    let objective = await meanPairDistance(aligned);
    while (!converged && pass < passes) {
      converged = true;
      for (const i of permutation(foldIn(childKey(key, 'order'), pass), models.length)) {
        const others = aligned.filter((_, j) => j !== i);
        const transform = await match(others, i, { key: foldIn(foldIn(childKey(key, 'groups'), pass), i), restarts: 1, start: found[i]! });
        if (sameTransform(transform, found[i]!)) continue;
        const before = aligned[i]!;
        aligned[i] = applyTransform(specs, models[i]!, transform);
        const now = await meanPairDistance(aligned);
        // Less than this is rounding.
        const better = now < objective * (1 - 1e-6);
        tf.dispose((better ? before : aligned[i]) as unknown as tf.TensorContainer);
        if (!better) {
          aligned[i] = before;
          continue;
        }
        [objective, found[i], converged] = [now, transform, false];
      }
      pass++;
    }
    // The universe is only known up to one element of the groups: the first model's order is as good as any.
    const first = invertTransform(found[0]!);
    const toUniverse = found.map((transform) => composeTransforms(transform, first));
    return { toUniverse, objective, identityObjective, passes: pass, converged };
  } finally {
    tf.dispose(aligned as unknown as tf.TensorContainer);
  }
}

/** What brings each model to the first, by {@link matchMany}: for strategies. */
export async function manyToFirst(
  models: readonly AlignmentSide[],
  { specs, key, signal }: Pick<AlignmentContext, 'specs' | 'key' | 'signal'>,
  restarts?: number,
): Promise<readonly SymmetryTransform[]> {
  const options = { specs, key, ...(signal === undefined ? {} : { signal }), ...(restarts === undefined ? {} : { restarts }) };
  const matching = await matchMany(
    models.map(({ params }) => params),
    options,
  );
  return models.map((_, model) => transformBetween(matching, model, 0));
}

/** What brings model `from` onto model `to`, through the universe: for a, b, c the way from a to c is exactly that over b. */
export function transformBetween({ toUniverse }: Pick<ManyMatching, 'toUniverse'>, from: number, to: number): SymmetryTransform {
  const [start, end] = [toUniverse[from], toUniverse[to]];
  demand(start !== undefined && end !== undefined, 'matchMany', `models 0 to ${toUniverse.length - 1}`, [from, to]);
  return composeTransforms(start, invertTransform(end));
}

const sameTransform = (a: SymmetryTransform, b: SymmetryTransform): boolean =>
  Object.entries(a).every(([group, element]) => b[group] !== undefined && elementKey(element) === elementKey(b[group]));

/** sum_{i<j} |x_i - x_j|^2 = n sum_i |x_i - mean|^2, over n (n - 1) / 2 pairs. */
async function meanPairDistance(models: readonly Tensors[]): Promise<number> {
  const squares = tf.tidy(() => {
    const mean = meanOf(models);
    return tf.stack(models.flatMap((model) => Object.keys(mean).map((name) => tf.sum(tf.square(tf.sub(model[name]!, mean[name]!))))));
  });
  const total = ((await squares.data()) as Float32Array).reduce((sum, value) => sum + value, 0);
  squares.dispose();
  return (2 * total) / (models.length - 1);
}
