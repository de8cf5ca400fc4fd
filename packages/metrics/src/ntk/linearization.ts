import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import '@basinlab/tensor/gradients';
import { jit, type Graph, type Network, type Tensors, type Variables } from '@basinlab/tensor';

/** How far a network is from its linearization. */
export interface LinearizationAgreement {
  /** Over all logits of all samples, f the network and g its linearization. */
  readonly meanSquaredError: number;
  readonly meanAbsoluteError: number;
  readonly largestError: number;
  /** |f - g| / |f|, Frobenius norms; NaN where f is 0. */
  readonly relativeError: number;
  /** Cosine of f and g as vectors, in [-1, 1]; NaN where one is 0. */
  readonly cosine: number;
  /** Share of samples on which f and g predict the same class, in [0, 1]. */
  readonly agreement: number;
}

/**
 * How far a network has left the regime in which it is linear in its parameters: f at the parameters `now` against the linearization at `start`,
 * g = f_start + J_start (now - start), in evaluation mode on `inputs` [samples, ...]. The product with the Jacobian J is one
 * directional derivative per batch (a gradient of a gradient); J itself is never formed.
 */
export async function linearizationAgreement(
  network: Network,
  start: Variables,
  now: Variables,
  inputs: Tensor,
  { batch = 1000, graph }: { batch?: number; graph?: Graph } = {},
): Promise<LinearizationAgreement> {
  const settings = graph === undefined ? {} : { graph };
  const program = jit(
    (from: Variables, to: Variables, x: Tensor) => {
      const direction = Object.fromEntries(Object.entries(from.params).map(([name, value]) => [name, tf.sub(to.params[name]!, value)]));
      const logitsAt = (params: Tensors): Tensor => network.apply({ ...from, params }, x, settings).logits;
      const initial = logitsAt(from.params);
      return {
        actual: network.apply(to, x, settings).logits,
        linear: tf.add(initial, directionalDerivative(logitsAt, from.params, direction, initial.shape)),
      };
    },
    { name: 'linearization' },
  );
  const sums = { squares: 0, absolute: 0, largest: 0, actual: 0, linear: 0, product: 0, agreeing: 0, entries: 0 };
  try {
    const samples = inputs.shape[0]!;
    for (let row = 0; row < samples; row += batch) {
      const x = tf.slice(inputs, row, Math.min(batch, samples - row));
      const result = program(start, now, x);
      const [actual, linear] = await Promise.all([result.actual.data(), result.linear.data()]);
      const classes = result.actual.shape[1]!;
      tf.dispose([x, result.actual, result.linear]);
      addTo(sums, actual, linear, classes);
    }
    return {
      meanSquaredError: sums.squares / sums.entries,
      meanAbsoluteError: sums.absolute / sums.entries,
      largestError: sums.largest,
      relativeError: Math.sqrt(sums.squares) / Math.sqrt(sums.actual),
      cosine: sums.product / (Math.sqrt(sums.actual) * Math.sqrt(sums.linear)),
      agreement: sums.agreeing / samples,
    };
  } finally {
    program.dispose();
  }
}

/** J v by two backward passes: J^T u is linear in u, and the gradient of (J^T u) . v with respect to u is J v. */
function directionalDerivative(f: (params: Tensors) => Tensor, params: Tensors, direction: Tensors, shape: readonly number[]): Tensor {
  const names = Object.keys(params);
  const along = (u: Tensor): Tensor => {
    const value = (...values: Tensor[]): Tensor => tf.sum(tf.mul(f(Object.fromEntries(names.map((name, i) => [name, values[i]!]))), u));
    const gradients = tf.grads(value)(names.map((name) => params[name]!));
    return tf.addN(gradients.map((gradient, i) => tf.sum(tf.mul(gradient, direction[names[i]!]!))));
  };
  return tf.grad(along)(tf.ones([...shape]));
}

function addTo(
  sums: Record<'squares' | 'absolute' | 'largest' | 'actual' | 'linear' | 'product' | 'agreeing' | 'entries', number>,
  actual: ArrayLike<number>,
  linear: ArrayLike<number>,
  classes: number,
): void {
  for (let row = 0; row < actual.length; row += classes) {
    let [a, b] = [row, row];
    for (let k = row; k < row + classes; k++) {
      const [f, g] = [actual[k]!, linear[k]!];
      sums.squares += (f - g) ** 2;
      sums.absolute += Math.abs(f - g);
      sums.largest = Math.max(sums.largest, Math.abs(f - g));
      sums.actual += f * f;
      sums.linear += g * g;
      sums.product += f * g;
      if (f > actual[a]!) a = k;
      if (g > linear[b]!) b = k;
    }
    if (a === b) sums.agreeing++;
  }
  sums.entries += actual.length;
}
