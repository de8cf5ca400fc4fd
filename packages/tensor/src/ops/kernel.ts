/**
 * Ops that TensorFlow.js lacks are functions over kernels of our own names ("Cholesky", "Sort", ...): a backend that has the kernel runs
 * it, any other takes the fallback given beside it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorMap, Tensor, TypedArray } from '@tensorflow/tfjs-core';

/** Whether the current backend has the kernel `name`. */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Runs the kernel `name` where the current backend has it, `fallback` elsewhere; several results come as an array. */
export function kernelOr<R extends Tensor | Tensor[]>(
  name: string,
  inputs: NamedTensorMap,
  attributes: NamedAttrMap,
  fallback: () => R,
): R {
  return hasKernel(name) ? (tf.engine().runKernel(name, inputs, attributes) as R) : fallback();
}

/**
 * Gives `forward` a gradient of its own: `backward(dy, saved)` returns one gradient per input; `saved` is what `save` was given. Tensors
 * that `backward` needs must pass through `save`: the ones seen by `forward` may be disposed by then.
 */
export function withGradient(
  inputs: readonly Tensor[],
  forward: (save: (...tensors: Tensor[]) => void) => Tensor,
  backward: (dy: Tensor, saved: Tensor[]) => Tensor[],
): Tensor {
  const run = tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    return { value: forward((...tensors) => save(tensors)), gradFunc: backward };
  });
  return run(...inputs);
}

/** Host values of a tensor with the array type of its dtype. */
export function hostValues(x: Tensor): TypedArray {
  return x.dataSync() as TypedArray;
}

/** An empty host array for `size` values of `dtype`. */
export function hostArray(dtype: tf.DataType, size: number): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'int32') return new Int32Array(size);
  return dtype === 'bool' ? new Uint8Array(size) : new Float32Array(size);
}

/** Swaps the last two axes. */
export function transposeMatrices(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}
