import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import '@basinlab/tensor/gradients';
import { demand, jit, type Graph, type Network, type Split, type Tensors, type Variables } from '@basinlab/tensor';
import { crossEntropy } from '@basinlab/tensor/evaluation';

/** A symmetric matrix of second derivatives, known by its products with vectors. Vectors are records of tensors, shaped like the parameters. */
export interface Hessian {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** H v; the caller disposes the result. */
  product(v: Tensors): Tensors;
  /** Releases the compiled programs. The parameters and data stay the caller's. */
  dispose(): void;
}

/**
 * Hessian of a scalar function of parameters at `params`: a product is the gradient of (gradient . v), so two backward passes.
 * `f` must be made of differentiable tensor operations.
 */
export function hessianOf(f: (params: Tensors) => Tensor, params: Tensors): Hessian {
  const program = jit((at: Tensors, v: Tensors): Tensors => hessianProduct(f, at, v), { name: 'hessian' });
  return { shapes: shapesOf(params), product: (v) => program(params, v), dispose: () => program.dispose() };
}

/** Loss, batches and graph. */
export interface LossHessianOptions {
  /** Mean loss of a batch: logits [rows, outputs] and its labels -> scalar. Default: softmax cross entropy. */
  readonly loss?: (logits: Tensor, labels: Tensor) => Tensor;
  /** Rows per batch. Default 1000. */
  readonly batch?: number;
  /** Needed where the inputs are nodes. */
  readonly graph?: Graph;
}

/**
 * Hessian of a network's mean loss over a split with respect to its trainable parameters, in evaluation mode, batch by batch. Raw entries that a mask
 * holds fixed have rows and columns of zeros: they add nothing to the trace and eigenvalues of 0 to the spectrum.
 * @throws BasinlabError where the split is empty
 */
export function hessianOfLoss(
  network: Network,
  variables: Variables,
  { inputs, labels }: Pick<Split, 'inputs' | 'labels'>,
  { loss = crossEntropy, batch = 1000, graph }: LossHessianOptions = {},
): Hessian {
  const samples = inputs.shape[0]!;
  demand(samples > 0, 'hessian', 'at least one sample', samples);
  const settings = graph === undefined ? {} : { graph };
  const program = jit(
    (at: Variables, x: Tensor, y: Tensor, weight: Tensor, v: Tensors): Tensors =>
      hessianProduct((params) => tf.mul(weight, loss(network.apply({ ...at, params }, x, settings).logits, y)), at.params, v),
    { name: 'hessian' },
  );
  return {
    shapes: shapesOf(variables.params),
    product(v) {
      let total: Tensors | undefined;
      for (let row = 0; row < samples; row += batch) {
        const rows = Math.min(batch, samples - row);
        const [x, y, weight] = [tf.slice(inputs, row, rows), tf.slice(labels, row, rows), tf.scalar(rows / samples)];
        const part = program(variables, x, y, weight, v);
        tf.dispose([x, y, weight]);
        total = total === undefined ? part : added(total, part);
      }
      return total!;
    },
    dispose: () => program.dispose(),
  };
}

function hessianProduct(f: (params: Tensors) => Tensor, params: Tensors, v: Tensors): Tensors {
  const names = Object.keys(params);
  const values = names.map((name) => params[name]!);
  const slope = (): Tensor => {
    const gradients = gradientsOf(() => f(params), values);
    return tf.addN(gradients.map((gradient, i) => tf.sum(tf.mul(gradient, v[names[i]!]!))));
  };
  const products = gradientsOf(slope, values);
  return Object.fromEntries(names.map((name, i) => [name, products[i]!]));
}

/** Zeros where `f` does not depend on a value, which for a slope only means that `f` is linear in it. */
function gradientsOf(f: () => Tensor, values: Tensor[]): Tensor[] {
  const { grads } = tf.engine().gradients(f, values, undefined, true);
  return values.map(({ shape }, i) => (grads[i] as Tensor | undefined) ?? tf.zeros(shape));
}

function added(a: Tensors, b: Tensors): Tensors {
  const sum = Object.fromEntries(Object.entries(a).map(([name, value]) => [name, tf.add(value, b[name]!)]));
  tf.dispose([a, b]);
  return sum;
}

const shapesOf = (params: Tensors): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(params).map(([name, { shape }]) => [name, shape]));
