import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Architecture, type SymmetryBreaking } from '@basinlab/core';
import { type Network, type Variables } from '@basinlab/tensor';
import { keyFromSeed } from '@basinlab/tensor/random';
import { z } from 'zod';

const hidden = { group: 'hidden' };
const normal = { kind: 'normal', deviation: 1 } as const;

/** relu((x - running mean) W1) W2 with 3 inputs, 4 units, 2 classes: small, with state, and not linear in its parameters. */
const twoLayer: Architecture<Record<string, never>> = {
  id: 'two-layer',
  summary: 'A small network for tests',
  options: z.strictObject({}),
  params: () => [
    { name: 'first', shape: [3, 4], init: normal, role: 'weight', axes: [null, hidden] },
    { name: 'second', shape: [4, 2], init: normal, role: 'weight', axes: [hidden, null] },
  ],
  state: () => [{ name: 'mean', shape: [3], axes: [null], init: 0, momentum: 0.1 }],
  activations: () => [{ layer: 'hidden', units: 4, axis: hidden }],
  activation: () => 'relu',
  apply: (_, params, x, context) => {
    context.observe('mean', tf.mean(x, 0));
    const z = tf.matMul(tf.sub(x, context.state['mean']!), params['first'] as tf.Tensor2D);
    return tf.matMul(context.activate('hidden', z) as tf.Tensor2D, params['second'] as tf.Tensor2D);
  },
};

/** Holds the first row of every weight at 2. */
const pinned: SymmetryBreaking = {
  id: 'pinned',
  summary: 'Fixes the first row of every weight',
  options: z.strictObject({}),
  constants: ({ shape: [rows = 1, columns = 1] }) => {
    const first = tf.tensor2d(
      Float32Array.from({ length: rows * columns }, (_, k) => (k < columns ? 1 : 0)),
      [rows, columns],
    );
    return { scale: tf.sub(1, first), shift: tf.mul(2, first) };
  },
};
const free: SymmetryBreaking = { ...pinned, id: 'free', summary: 'Fixes nothing', constants: () => null };

/** The network, and a model of it for a seed; models share the pinned constants as one set of tensors. */
export function twoLayerModels(fix: boolean, ...seeds: number[]): { network: Network; models: Variables[] } {
  const network = buildNetwork({ architecture: twoLayer, options: {}, breaking: fix ? pinned : free });
  const drawn = seeds.map((seed) => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(0) }));
  const models = drawn.map(({ params }, i) => ({
    params,
    constants: drawn[0]!.constants,
    state: { mean: tf.tensor1d([0.1 * seeds[i]!, -0.2, 0.3]) },
  }));
  return { network, models };
}

/** Loss (nats) and accuracy (percent) of effective parameters on the host, in float64. */
export function onHost(
  values: Readonly<Record<string, ArrayLike<number>>>,
  x: ArrayLike<number>,
  labels: ArrayLike<number>,
): { loss: number; accuracy: number } {
  const [first, second, mean] = [values['first']!, values['second']!, values['mean']!];
  let loss = 0;
  let correct = 0;
  for (let row = 0; row < labels.length; row++) {
    const logits = [0, 0];
    for (let unit = 0; unit < 4; unit++) {
      let z = 0;
      for (let i = 0; i < 3; i++) z += (x[row * 3 + i]! - mean[i]!) * first[i * 4 + unit]!;
      for (let c = 0; c < 2; c++) logits[c] = logits[c]! + Math.max(z, 0) * second[unit * 2 + c]!;
    }
    loss += Math.log(Math.exp(logits[0]!) + Math.exp(logits[1]!)) - logits[labels[row]!]!;
    if ((logits[1]! > logits[0]! ? 1 : 0) === labels[row]) correct++;
  }
  return { loss: loss / labels.length, accuracy: (100 * correct) / labels.length };
}
