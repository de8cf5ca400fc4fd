import * as tf from '@tensorflow/tfjs-core';
import { demand, jit, mapTree, type AlignmentSide, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { foldIn, type Key } from '@basinlab/core/random';
import { adam, valueAndGradients, type Examples } from '@basinlab/core/training';
import { batchOf, between, lossOn, middleLoss, modelOf, type LossContext } from '../loss/alignment-loss.js';
import { bestTransforms, moveModel, type Specs } from '../loss/best-transform.js';
import { matchWeights } from '../weight-matching/index.js';

/** Steps, rate, batches and restarts of the optimisation. */
export interface StraightThroughOptions extends LossContext, Specs {
  readonly key: Key;
  /** Steps of gradient descent at most. Default 100. */
  readonly steps?: number;
  /** Of Adam on the proxy. Default 1e-3. */
  readonly learningRate?: number;
  /** Examples per step. Default 256. */
  readonly batch?: number;
  /** Weight matchings of the first step, of which the best begins. Default 4. */
  readonly restarts?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after every step. */
  progress?(done: number, total: number): void;
}

/** An alignment and the losses that it gives. */
export interface LossMatching {
  readonly transform: SymmetryTransform;
  /** Loss of the midpoint of A and the moved B over all examples. */
  readonly midpointLoss: number;
  /** Mean of the losses of both ends. */
  readonly chord: number;
  readonly steps: number;
}

/**
 * Straight-through estimator re-basin: looks for the permutation of B that makes the midpoint with A good. A proxy that starts at A is moved by
 * gradients of the midpoint's loss, L((A + P) / 2), where P, the permutation of B nearest to the proxy, is found by weight matching, and the
 * gradient passes through that projection as if it were the identity. The first step is weight matching itself; the best permutation seen is
 * kept. Stops where the midpoint is no worse than the mean of both ends. Ainsworth, Hayase and Srinivasa 2023, section 3.3.
 */
export async function matchStraightThrough(a: AlignmentSide, b: AlignmentSide, options: StraightThroughOptions): Promise<LossMatching> {
  const { network, data, specs, key, steps = 100, learningRate = 1e-3, batch = 256, restarts = 4, signal } = options;
  demand(steps >= 1, 'straight-through', 'at least one step', steps);
  signal?.throwIfAborted();
  const [modelA, modelB] = [modelOf(a), modelOf(b)];
  const midpoint = await middleLoss({ network, data }, [modelA, modelB], batch);
  const found = bestTransforms(options, [modelB], midpoint);
  const adamOptions = adam.options.parse({});
  let proxy = mapTree<tf.Tensor, tf.Tensor>(a.params, (x) => tf.clone(x)) as Tensors;
  let slots = tf.tidy(() => adam.init(adamOptions, proxy));
  const descend = jit(
    (x: typeof modelA, y: typeof modelA, at: { step: tf.Tensor; proxy: Tensors; slots: typeof slots }, examples: Examples) => {
      const loss = (params: Tensors) => ({ value: lossOn(network, data.task, between(x, { ...y, params }, 0.5), examples), aside: [] });
      const { gradients } = valueAndGradients(loss, y.params);
      const updated = adam.update(adamOptions, { step: at.step, learningRate: tf.scalar(learningRate) }, at.proxy, gradients, at.slots);
      return { proxy: updated.params, slots: updated.state };
    },
    { name: 'straight-through' },
  );
  let taken = 0;
  try {
    let transform: SymmetryTransform | undefined;
    for (; taken < steps; taken++) {
      signal?.throwIfAborted();
      ({ transform } = await matchWeights(proxy, b.params, {
        specs,
        key: foldIn(key, taken),
        restarts: taken === 0 ? restarts : 1,
        ...(transform !== undefined && { start: transform }),
        ...(signal !== undefined && { signal }),
      }));
      if ((await found.offer([transform])) || taken === steps - 1) break;
      const moved = moveModel(options, modelB, transform);
      const examples = batchOf(data, taken * batch, batch);
      const step = tf.scalar(taken + 1);
      const next = descend(modelA, moved, { step, proxy, slots }, examples);
      tf.dispose([proxy, slots, moved, examples.inputs, examples.labels, step] as unknown as tf.TensorContainer);
      ({ proxy, slots } = next);
      options.progress?.(taken + 1, steps);
    }
    const { transforms, loss } = found.best!;
    return { transform: transforms[0]!, midpointLoss: loss, chord: midpoint.chord, steps: taken };
  } finally {
    descend.dispose();
    midpoint.dispose();
    tf.dispose([proxy, slots] as unknown as tf.TensorContainer);
  }
}
