import type * as tf from '@tensorflow/tfjs-core';
import { jit, type SymmetryTransform, type Tensors, type TensorTree } from '@basinlab/core';
import { middleLoss, type LossContext, type MiddleLoss, type Model } from './alignment-loss.js';
import { bestTransforms, type Specs } from './best-transform.js';
import { weightDistance } from './weight-distance.js';

/** Says what alignments are worth, and keeps the best. */
export interface Judge {
  /** Evaluates transforms, one for each model but the first, unless they have been before; tells whether they leave nothing to align. */
  offer(transforms: readonly SymmetryTransform[]): Promise<boolean>;
  /** The best so far; there must have been one. */
  best(): { transforms: readonly SymmetryTransform[]; objective: number };
  /** Mean of what the models have: nothing is left to align at that. */
  readonly chord: number;
  dispose(): void;
}

/** Judges by the loss in the middle of all models over all examples, `batch` at a time; without a context by the distance of the weights to the first. */
export async function judgeOf(models: readonly Model[], specs: Specs, context: LossContext | null, batch: number): Promise<Judge> {
  const middle = context === null ? distanceTo(models[0]!) : await middleLoss(context, models, batch);
  const found = bestTransforms(specs, models.slice(1), middle);
  return {
    chord: middle.chord,
    offer: (transforms) => found.offer(transforms),
    best: () => ({ transforms: found.best!.transforms, objective: found.best!.loss }),
    dispose: () => middle.dispose(),
  };
}

/** The mean distance of the weights in the place of a loss: its chord is what equal networks have. */
function distanceTo(first: Model): MiddleLoss {
  const program = jit((x: Tensors, y: Tensors): TensorTree => weightDistance(x, y), { name: 'weight-distance' });
  return {
    chord: 0,
    async of(others) {
      let sum = 0;
      for (const { params } of others) {
        const distance = program(first.params, params) as tf.Tensor;
        sum += (await distance.data())[0]!;
        distance.dispose();
      }
      return sum / others.length;
    },
    dispose: () => program.dispose(),
  };
}
