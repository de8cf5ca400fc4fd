import type * as tf from '@tensorflow/tfjs-core';
import { jit, type SymmetryTransform, type Tensors, type TensorTree } from '@basinlab/core';
import { midpointLoss, type LossContext, type MidpointLoss, type Model } from './alignment-loss.js';
import { bestTransform, type Specs } from './best-transform.js';
import { weightDistance } from './weight-distance.js';

/** Says what alignments are worth, and keeps the best. */
export interface Judge {
  /** Evaluates a transform unless it has been before; tells whether it leaves nothing to align. */
  offer(transform: SymmetryTransform): Promise<boolean>;
  /** The best so far; there must have been one. */
  best(): { transform: SymmetryTransform; objective: number };
  /** Mean of what both ends have: nothing is left to align at that. */
  readonly chord: number;
  dispose(): void;
}

/** Judges by the loss at the midpoint over all examples, `batch` at a time; without a context by the distance of the weights. */
export async function judgeOf(a: Model, b: Model, specs: Specs, context: LossContext | null, batch: number): Promise<Judge> {
  const midpoint = context === null ? distanceTo(a) : await midpointLoss(context, a, b, batch);
  const found = bestTransform(specs, b, midpoint);
  return {
    chord: midpoint.chord,
    offer: (transform) => found.offer(transform),
    best: () => ({ transform: found.best!.transform, objective: found.best!.loss }),
    dispose: () => midpoint.dispose(),
  };
}

/** The distance of the weights in the place of a loss: its chord is what equal networks have. */
function distanceTo(a: Model): MidpointLoss {
  const program = jit((x: Tensors, y: Tensors): TensorTree => weightDistance(x, y), { name: 'weight-distance' });
  return {
    chord: 0,
    async of(moved) {
      const distance = program(a.params, moved.params) as tf.Tensor;
      const [value] = await distance.data();
      distance.dispose();
      return value!;
    },
    dispose: () => program.dispose(),
  };
}
