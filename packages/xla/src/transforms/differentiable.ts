/**
 * Gradients of whole functions. tfjs knows gradients of kernels; here a call of a traced function becomes one entry of its tape, whose
 * gradient is the vector-Jacobian product of that function: the gradient of sum(ys * dys), traced like any other function. As that product is
 * called through the same door, gradients of gradients work too.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { isFloat } from './functions.js';

export type Flat = (inputs: readonly Tensor[]) => Tensor[];

/** sum(ys * dys) over the float tensors. */
export function pairing(ys: readonly Tensor[], dys: readonly Tensor[]): Tensor {
  const terms = ys.flatMap((y, i) => (isFloat(y) ? [tf.sum(tf.mul(y, dys[i]!))] : []));
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
 * argument. Inputs come first in the list, then one dy per output.
 */
export function vectorJacobian(f: Flat, inputs: number, free: readonly Tensor[]): Flat {
  return (all) => {
    const xs = all.slice(0, inputs);
    const dys = all.slice(inputs);
    return gradientsOf(() => pairing(f(xs), dys), [...xs.filter(isFloat), ...free.filter(isFloat)]);
  };
}

/** tfjs keeps this method to itself; its public door, `tf.customGrad`, allows one result only. */
interface TapeWriter {
  runKernelFunc(call: {
    forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    backwardsFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => Record<string, () => Tensor>;
    inputs: NamedTensorMap;
  }): Tensor[];
}

/**
 * Runs `forward` as one entry of the gradient tape. `backward` gets one dy per output and what `forward` saved, and returns gradients for
 * the float tensors among `inputs`, in order.
 */
export function onTape(
  inputs: readonly Tensor[],
  forward: (save: (tensors: Tensor[]) => void) => Tensor[],
  backward: (dys: Tensor[], saved: Tensor[]) => Tensor[],
): Tensor[] {
  return (tf.engine() as unknown as TapeWriter).runKernelFunc({
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (dy, saved) => {
      const gradients = backward(Array.isArray(dy) ? dy : [dy], saved)[Symbol.iterator]();
      const each = inputs.map((input) => (isFloat(input) ? gradients.next().value! : tf.zeros(input.shape)));
      return Object.fromEntries(each.map((gradient, i) => [String(i), () => gradient]));
    },
    inputs: Object.fromEntries(inputs.map((tensor, i) => [String(i), tensor])),
  });
}
