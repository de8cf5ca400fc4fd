/**
 * Second derivatives through saved results. tfjs records the clone of a result that an op saves for its gradient (exp, tanh, sqrt, softmax, ...)
 * before the op itself. A gradient of a gradient walks the tape in order, finds a clone of something that nothing has computed yet, and leaves
 * it out: the second derivative of exp is refused, that of tanh silently wrong. Here the op goes in front of the clones of its results.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

type AddTapeNode = (
  kernelName: string,
  inputs: NamedTensorMap,
  outputs: Tensor[],
  gradient: unknown,
  saved: Tensor[],
  attributes: unknown,
) => void;

interface Recorder {
  addTapeNode: AddTapeNode & { ordersClones?: true };
}

const engine = tf.engine() as unknown as Recorder;

/** Makes the global engine record ops before the clones of their results; does nothing the second time. */
export function orderTape(): void {
  const record = engine.addTapeNode;
  if (record.ordersClones) return;
  const ordered: AddTapeNode = (kernelName, inputs, outputs, gradient, saved, attributes) => {
    record.call(engine, kernelName, inputs, outputs, gradient, saved, attributes);
    const tape = tf.engine().state.activeTape;
    const results = new Set(outputs.map(({ id }) => id));
    const recent = tape.slice(-1 - saved.length, -1);
    const clone = recent.findIndex((node) => Object.values(node.inputs).some(({ id }) => results.has(id)));
    if (clone < 0) return;
    const node = tape.pop()!;
    tape.splice(tape.length - recent.length + clone, 0, node);
  };
  engine.addTapeNode = Object.assign(ordered, { ordersClones: true as const });
}
