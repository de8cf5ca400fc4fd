import * as tf from '@tensorflow/tfjs-core';
import { elementIndices, type ParamSpec, type StateSpec, type SymmetryTransform } from '@basinlab/core';
import { applyTransform } from '../transform/apply.js';
import type { MidpointLoss, Model } from './alignment-loss.js';

export interface Specs {
  readonly specs: readonly ParamSpec[];
  readonly stateSpecs?: readonly StateSpec[] | undefined;
}

/** A model with its units moved, as tensors of its own. */
export function moveModel({ specs, stateSpecs = [] }: Specs, { params, state }: Model, transform: SymmetryTransform): Model {
  return { params: applyTransform(specs, params, transform), state: applyTransform(stateSpecs, state, transform) };
}

export interface BestTransform {
  /** Evaluates a transform unless it has been before; tells whether its midpoint is no worse than the ends. */
  offer(transform: SymmetryTransform): Promise<boolean>;
  /** The best so far, the first where equal. */
  readonly best: { transform: SymmetryTransform; loss: number } | undefined;
}

/** Losses of equal functions differ so much when their sums run in another order, in float32. */
const ROUNDING = 1e-5;

/** What two equal permutations have in common; nothing where something is rotated, which hardly happens twice. */
const keyOf = (transform: SymmetryTransform): string | undefined =>
  Object.values(transform).every(({ kind }) => kind === 'permutation')
    ? Object.entries(transform).map(([group, element]) => `${group}:${elementIndices(group, element).join()}`).join(';') // prettier-ignore
    : undefined;

/** Keeps the transform of B whose midpoint with A has the least loss. */
export function bestTransform(specs: Specs, b: Model, midpoint: MidpointLoss): BestTransform {
  const seen = new Set<string>();
  let best: BestTransform['best'];
  return {
    get best() {
      return best;
    },
    async offer(transform) {
      const key = keyOf(transform);
      if (key === undefined || !seen.has(key)) {
        if (key !== undefined) seen.add(key);
        const moved = moveModel(specs, b, transform);
        const loss = await midpoint.of(moved);
        tf.dispose(moved);
        if (best === undefined || loss < best.loss) best = { transform, loss };
      }
      return best !== undefined && best.loss <= midpoint.chord * (1 + ROUNDING);
    },
  };
}
