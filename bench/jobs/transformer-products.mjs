import * as tf from '@tensorflow/tfjs-core';
import { jit } from '@basinlab/core';

// Matrix products of a transformer as [batch, m, k, n]: [batch, m, k] times [batch, k, n]. What a job takes beyond them is norms, softmax, activations, the optimizer and
// everything around them.

/** Products of a forward pass; of `circuits`, whose queries and keys are as wide as the stream and a 1. `read`: rows that the head reads. */
export function forwardProducts({ rows, positions, width, layers, heads, units, outputs, read = rows * positions, circuits = false }) {
  const tokens = rows * positions;
  const size = circuits ? width + 1 : width / heads;
  const all = [1, tokens, width, width];
  const projections = circuits
    ? [
        [1, tokens, size, heads * size],
        [1, tokens, heads * size, width],
      ]
    : [all, all, all, all];
  const layer = [
    ...projections,
    [rows * heads, positions, size, positions],
    [rows * heads, positions, positions, size],
    [1, tokens, width, units],
    [1, tokens, units, width],
  ];
  return [...Array.from({ length: layers }, () => layer).flat(), [1, read, width, outputs]];
}

/** With those of the gradients: of each product one for either side. */
export const withGradients = (products) =>
  products.flatMap(([batch, m, k, n]) => [
    [batch, m, k, n],
    [batch, m, n, k],
    [batch, k, m, n],
  ]);

/** Nothing but these products, in one program that is run `repeat` times. */
export function productsAlone(products, repeat = 1) {
  const lefts = new Map();
  const random = (...shape) => tf.randomUniform(shape, -0.05, 0.05, 'float32', 1);
  // Right sides of their own: equal products would be done once.
  const pairs = products.map(([batch, m, k, n]) => {
    const key = [batch, m, k].join();
    if (!lefts.has(key)) lefts.set(key, random(batch, m, k));
    return { a: lefts.get(key), b: random(batch, k, n) };
  });
  const program = jit(
    (given) => given.map(({ a, b }) => (a.shape[0] === 1 ? tf.matMul(tf.squeeze(a, [0]), tf.squeeze(b, [0])) : tf.matMul(a, b))),
    {
      name: 'transformer-products',
    },
  );
  return {
    async work() {
      for (let i = 0; i < repeat; i++) {
        const results = program(pairs);
        // A program's results are there all at once.
        await results[0].data();
        tf.dispose(results);
      }
    },
    end() {
      program.dispose();
      tf.dispose([...lefts.values(), ...pairs.map(({ b }) => b)]);
    },
  };
}
