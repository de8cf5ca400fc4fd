/**
 * Gradients of whole functions. tfjs knows gradients of kernels; here a call of a traced function becomes one entry of its tape, whose
 * gradient is the vector-Jacobian product of that function: the gradient of sum(ys * dys), traced like any other function. As that product is
 * called through the same door, gradients of gradients work too.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { isFloat } from './functions.js';

export type Flat = (inputs: readonly Tensor[]) => Tensor[];

/** Gradient that arrives at an output; null where nothing depends on that output. */
export type Incoming = Tensor | null;

/** sum(ys * dys) over the float tensors that have a dy. */
export function pairing(ys: readonly Tensor[], dys: readonly Incoming[]): Tensor {
  const terms = ys.flatMap((y, i) => {
    const dy = dys[i];
    return dy && isFloat(y) ? [tf.sum(tf.mul(y, dy))] : [];
  });
  return terms.reduce((sum, term) => tf.add(sum, term), tf.scalar(0));
}

/** Gradients of a scalar for float tensors; zeros for those it does not depend on. */
export function gradientsOf(scalar: () => Tensor, xs: readonly Tensor[]): Tensor[] {
  if (xs.length === 0) return [];
  const { grads } = tf.engine().gradients(scalar, [...xs], undefined, true) as { grads: (Tensor | undefined)[] };
  return xs.map((x, i) => grads[i] ?? tf.zerosLike(x));
}

/**
 * (inputs, dys) -> gradients for every float input, then for every float tensor of `free`, which `f` uses without having it as an
 * argument. Inputs come first in the list, then the dys of the outputs that are `present`.
 */
export function vectorJacobian(f: Flat, inputs: number, free: readonly Tensor[], present: readonly boolean[]): Flat {
  return (all) => {
    const xs = all.slice(0, inputs);
    const dys = all.slice(inputs)[Symbol.iterator]();
    const incoming = present.map((flag) => (flag ? dys.next().value! : null));
    return gradientsOf(() => pairing(f(xs), incoming), [...xs.filter(isFloat), ...free.filter(isFloat)]);
  };
}

type NamedGradientMap = Record<string, () => Tensor>;

/** tfjs keeps this method to itself; its public door, `tf.customGrad`, allows one result only. */
interface TapeWriter {
  runKernelFunc(call: {
    forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    backwardsFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => NamedGradientMap;
    inputs: NamedTensorMap;
  }): Tensor[];
}

/**
 * Runs `forward` as one entry of the gradient tape. `backward` gets the dys of its outputs and what `forward` saved, and returns gradients for
 * the float tensors among `inputs`, in order.
 */
export function onTape(
  inputs: readonly Tensor[],
  forward: (save: (tensors: Tensor[]) => void) => Tensor[],
  backward: (dys: readonly Incoming[], saved: Tensor[]) => Tensor[],
): Tensor[] {
  const gradientsByInput = (dys: readonly Incoming[], saved: Tensor[]) => {
    const gradients = backward(dys, saved)[Symbol.iterator]();
    const each = inputs.map((input) => (isFloat(input) ? gradients.next().value! : tf.zeros(input.shape)));
    return Object.fromEntries(each.map((gradient, i) => [String(i), () => gradient]));
  };
  const outputs = (tf.engine() as unknown as TapeWriter).runKernelFunc({
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (dy, saved) => gradientsByInput(Array.isArray(dy) ? dy : [dy], saved),
    inputs: Object.fromEntries(inputs.map((tensor, i) => [String(i), tensor])),
  });
  // tfjs would fill absent dys with zeros: for the stacked results of a long scan that is a lot of memory for nothing.
  const node = tf.engine().state.activeTape.findLast((entry) => entry.outputs[0] === outputs[0]);
  if (node) node.gradient = (dys) => gradientsByInput(dys as readonly Incoming[], node.saved ?? []);
  return outputs;
}
