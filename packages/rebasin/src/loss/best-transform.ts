import * as tf from '@tensorflow/tfjs-core';
import type { ParamSpec, StateSpec, SymmetryTransform } from '@basinlab/core';
import { applyTransform } from '../transform/apply.js';
import { elementKey } from '../transform/elements.js';
import type { MiddleLoss, Model } from './alignment-loss.js';

export interface Specs {
  readonly specs: readonly ParamSpec[];
  readonly stateSpecs?: readonly StateSpec[] | undefined;
}

/** A model with its units moved, as tensors of its own. */
export function moveModel({ specs, stateSpecs = [] }: Specs, { params, state }: Model, transform: SymmetryTransform): Model {
  return { params: applyTransform(specs, params, transform), state: applyTransform(stateSpecs, state, transform) };
}

/** Keeps the best of what was offered. */
export interface BestTransforms {
  /** Evaluates transforms, one for each model but the first, unless they have been before; tells whether the middle is no worse than the ends. */
  offer(transforms: readonly SymmetryTransform[]): Promise<boolean>;
  /** The best so far, the first where equal. */
  readonly best: { transforms: readonly SymmetryTransform[]; loss: number } | undefined;
}

/** Losses of equal functions differ so much when their sums run in another order, in float32. */
const ROUNDING = 1e-5;

/** What equal permutations have in common; nothing where something is rotated, which hardly happens twice. */
const keyOf = (transforms: readonly SymmetryTransform[]): string | undefined =>
  transforms.flatMap((transform) => Object.values(transform)).every((element) => 'indices' in element)
    ? transforms.map((transform) => Object.entries(transform).map(([group, element]) => `${group}:${elementKey(element)}`).join(';')).join('|') // prettier-ignore
    : undefined;

/** Keeps the transforms of the other models whose middle with the first has the least loss. */
export function bestTransforms(specs: Specs, others: readonly Model[], middle: MiddleLoss): BestTransforms {
  const seen = new Set<string>();
  let best: BestTransforms['best'];
  return {
    get best() {
      return best;
    },
    async offer(transforms) {
      const key = keyOf(transforms);
      if (key === undefined || !seen.has(key)) {
        if (key !== undefined) seen.add(key);
        const moved = others.map((model, at) => moveModel(specs, model, transforms[at]!));
        const loss = await middle.of(moved);
        tf.dispose(moved);
        if (best === undefined || loss < best.loss) best = { transforms, loss };
      }
      return best !== undefined && best.loss <= middle.chord * (1 + ROUNDING);
    },
  };
}
