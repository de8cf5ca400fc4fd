import * as tf from '@tensorflow/tfjs-core';
import { jit, map, scan } from '@basinlab/core';

const ROWS = 10_000;
const BATCH = 1000;

/**
 * Nothing but matrix products on our engine, in one program: `forward` times 10,000 rows through the layers in batches of 1,000, and `correlations`
 * products of 512 with 512 units over all rows. What a job takes beyond this is norms, activations and everything around them.
 */
export function bareProducts({ forward, layers, correlations = 0 }) {
  const random = (...shape) => tf.randomUniform(shape, -0.05, 0.05, 'float32', 1);
  const data = {
    weights: layers.slice(1).map((size, i) => random(size, layers[i])),
    inputs: random(ROWS / BATCH, BATCH, layers[0]),
    units: correlations === 0 ? [] : Array.from({ length: Math.ceil(Math.sqrt(correlations)) }, () => random(ROWS / BATCH, BATCH, 512)),
    passes: tf.range(1, forward + 1),
  };
  // Weights differ from pass to pass, and pairs of units from one another: the compiler would otherwise do equal products once.
  const forwards = ({ weights, inputs, passes }) =>
    map((pass) => {
      const matrices = weights.map((matrix) => tf.mul(matrix, pass));
      return map((x) => matrices.reduce((h, matrix) => tf.matMul(h, matrix, false, true), x), inputs);
    }, passes);
  const correlated = ({ units }) => {
    const pairs = units.flatMap((a) => units.map((b) => ({ a, b }))).slice(0, correlations);
    return pairs.map((pair) => scan((sum, { a, b }) => [tf.add(sum, tf.matMul(a, b, true)), []], tf.zeros([512, 512]), pair)[0]);
  };
  const program = jit((given) => [forwards(given), ...correlated(given)], { name: 'bare-products' });
  return {
    async work() {
      const results = program(data);
      await Promise.all(results.map((result) => result.data()));
      tf.dispose(results);
    },
    end() {
      program.dispose();
      tf.dispose(data);
    },
  };
}
