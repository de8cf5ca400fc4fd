import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import '../gradients/index.js';
import { mapTree, type TensorTree } from '../tree.js';

// Gradients with respect to what a function computes on the way, which tfjs offers for arguments only: with them, the signal that comes back to
// a layer is read off a network that was written without any hook for it.

/** One differentiable kernel call, as the gradient tape records it; clones are called `Identity`. Its tensors are valid only while the callback that gets it runs. */
export interface RecordedOp {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

type AddTapeNode = (
  kernel: string,
  inputs: NamedTensorMap,
  outputs: Tensor[],
  gradient: unknown,
  saved: Tensor[],
  attributes: unknown,
) => void;

/** Runs `f` and gives what `read` makes of the ops that it ran; clones of its tensors. Inside `tf.tidy` or a compiled function. */
export function readOps<T extends TensorTree>(f: () => Tensor, read: (ops: readonly RecordedOp[]) => T): T {
  let kept: T | undefined;
  // Nothing depends on the one input: the tape is recorded, and no gradient is computed.
  withTape(f, [tf.scalar(0)], (ops) => {
    kept = mapTree<Tensor, Tensor>(read(ops), (leaf) => tf.keep(tf.clone(leaf))) as T;
  });
  const result = mapTree<Tensor, Tensor>(kept!, (leaf) => tf.clone(leaf)) as T;
  tf.dispose(kept as unknown as tf.TensorContainer);
  return result;
}

/**
 * Gradients of `f` with respect to the op results that `choose` returns, for the gradient `dy` of the value of `f`; zeros where the value does
 * not depend on one. Inside `tf.tidy` or a compiled function.
 */
export function gradientsAtOps(f: () => Tensor, choose: (ops: readonly RecordedOp[]) => readonly Tensor[], dy: Tensor): Tensor[] {
  const at = [tf.scalar(0)] as Tensor[];
  const gradients = withTape(f, at, (ops) => void at.push(...choose(ops)), dy);
  return at.slice(1).map(({ shape }, i) => gradients[i + 1] ?? tf.zeros(shape));
}

/** `at` is read only after `f` has run: the callback may add to it. */
function withTape(f: () => Tensor, at: Tensor[], then: (ops: readonly RecordedOp[]) => void, dy?: Tensor): (Tensor | undefined)[] {
  const engine = tf.engine() as unknown as { addTapeNode: AddTapeNode };
  const record = engine.addTapeNode;
  const ops: RecordedOp[] = [];
  engine.addTapeNode = Object.assign((...node: Parameters<AddTapeNode>): void => {
    const [name, inputs, outputs, , , attributes] = node;
    // The tape names a clone after whatever op made it.
    const isClone = Object.keys(inputs).join() === 'x' && tf.getKernel(name, tf.getBackend()) === undefined;
    ops.push({
      kernel: isClone ? 'Identity' : name,
      inputs: { ...inputs },
      outputs: [...outputs],
      attributes: (attributes ?? {}) as Record<string, unknown>,
    });
    record.apply(engine, node);
  }, record);
  try {
    const forward = (): Tensor => {
      const value = f();
      engine.addTapeNode = record;
      then(ops);
      return value;
    };
    return tf.engine().gradients(forward, at, dy, true).grads;
  } finally {
    engine.addTapeNode = record;
  }
}
