import * as tf from '@tensorflow/tfjs-core';
import { demand, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { applyTransform } from '@basinlab/rebasin';
import { matchCircuits, type MatchCircuitsOptions } from './match-circuits.js';

/** How several models in circuit form are brought together. */
export interface CircuitUniverseOptions extends Omit<MatchCircuitsOptions, 'onIteration'> {
  /** How often all models are aligned to their mean. Default 3. */
  readonly rounds?: number;
  /** Of each alignment. Default 5. */
  readonly iterations?: number;
  /** Called after every round with the new mean and the aligned models, which must not be disposed or kept. */
  onRound?(round: UniverseRound): void | Promise<void>;
}

/** One round. */
export interface UniverseRound {
  readonly universe: Tensors;
  readonly aligned: readonly Tensors[];
  /** What brings each model to the universe of the round before. */
  readonly transforms: readonly SymmetryTransform[];
}

/**
 * Aligns any number of models in circuit form to a common one, their universe: it starts as the first model; in every round all models, as they were given,
 * are aligned to it, and it becomes the mean of what comes out. Theus et al. 2025, arXiv 2506.22712, on more than two models.
 * @returns the transforms of the last round and the universe, new tensors
 */
export async function circuitUniverse(
  models: readonly Tensors[],
  { rounds = 3, iterations = 5, onRound, ...options }: CircuitUniverseOptions,
): Promise<{ universe: Tensors; transforms: readonly SymmetryTransform[] }> {
  demand(models.length >= 2 && rounds >= 1, 'circuitUniverse', 'at least two models and one round', [models.length, rounds]);
  let universe = Object.fromEntries(Object.entries(models[0]!).map(([name, tensor]) => [name, tf.clone(tensor)]));
  let transforms: SymmetryTransform[] = [];
  for (let round = 0; round < rounds; round++) {
    transforms = [];
    const aligned: Tensors[] = [];
    for (const model of models) {
      const { transform } = await matchCircuits(universe, model, { ...options, iterations });
      transforms.push(transform);
      aligned.push(applyTransform(options.specs, model, transform));
    }
    const next = tf.tidy(() =>
      Object.fromEntries(Object.keys(universe).map((name) => [name, tf.div(tf.addN(aligned.map((one) => one[name]!)), models.length)])),
    );
    tf.dispose(universe);
    universe = next;
    await onRound?.({ universe, aligned, transforms });
    tf.dispose(aligned);
  }
  return { universe, transforms };
}
