import { demand, jit } from '@basinlab/core';
import type { Graph, Network, Split, Task, Tensors, Variables } from '@basinlab/core';
import { createEvaluator, examplesOf, rowsPerPass, taskLoss, valueAndGradients, withGraph } from '@basinlab/core/training';
import type { Evaluation, Examples } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import type { Point } from '../curves/index.js';
import { modelAt } from './points.js';

/** The loss of a network over one split as a function of points of its parameter space. */
export interface Landscape {
  /** Mean loss and accuracy at a point, in evaluation mode. */
  evaluate(point: Point): Promise<Evaluation>;
  /** Euclidean norm of the gradient of the mean loss over all parameters, in evaluation mode. */
  gradientNorm(point: Point): Promise<number>;
  /** Releases the compiled programs. The model and the data stay the caller's. */
  dispose(): void;
}

/** Batches, task and graph of the loss. */
export interface LandscapeOptions {
  /** Rows per batch. Default 1000. */
  readonly batch?: number;
  /** Of the data set. Default `classification`. */
  readonly task?: Task | undefined;
  /** Of the data set; needed by networks on nodes. */
  readonly graph?: Graph | undefined;
}

/**
 * Compiles the loss of a network around `model`, whose constants and state (running statistics) every point has. One program serves all points, and
 * no tensor is left behind.
 * @throws BasinlabError where the split is empty
 */
export function createLandscape(network: Network, model: Variables, split: Split, options: LandscapeOptions = {}): Landscape {
  const { batch = 1000, task = 'classification', graph } = options;
  const examples = examplesOf(network, split, graph);
  const samples = examples.inputs.shape[0]!;
  demand(samples > 0, 'landscape', 'at least one sample', samples);
  const evaluator = createEvaluator(network, { batch, task, graph });
  const slope = jit(
    (at: Variables, data: Examples, weight: Scalar): Tensors =>
      valueAndGradients((params) => {
        const { logits } = network.apply({ ...at, params }, data.inputs, withGraph(data.graph));
        return { value: tf.mul(weight, taskLoss(task, logits, data.labels)) as Scalar, aside: [] };
      }, at.params).gradients,
    { name: 'slope' },
  );
  const squares = jit((gradients: Tensors) => Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient))), { name: 'squares' });
  const rows = rowsPerPass(network, samples, batch);
  const gradientAt = (at: Variables): Tensors => {
    let total: Tensors | undefined;
    for (let from = 0; from < samples; from += rows) {
      const count = Math.min(rows, samples - from);
      const cut = { inputs: tf.slice(examples.inputs, from, count), labels: tf.slice(examples.labels, from, count) };
      const weight = tf.scalar(count / samples);
      const part = slope(at, { ...examples, ...cut }, weight);
      tf.dispose([cut, weight]);
      total = total === undefined ? part : added(total, part);
    }
    return total!;
  };
  return {
    async evaluate(point) {
      const at = modelAt(point, model);
      const [result] = await evaluator.evaluate(at, split);
      tf.dispose(at.params);
      return result!;
    },
    async gradientNorm(point) {
      const at = modelAt(point, model);
      const gradient = gradientAt(at);
      const sums = squares(gradient);
      const values = await Promise.all(sums.map(async (sum) => (await sum.data())[0]!));
      tf.dispose([at.params, gradient, ...sums]);
      return Math.sqrt(values.reduce((total, value) => total + value, 0));
    },
    dispose() {
      evaluator.dispose();
      slope.dispose();
      squares.dispose();
    },
  };
}

function added(a: Tensors, b: Tensors): Tensors {
  const sum = Object.fromEntries(Object.entries(a).map(([name, value]) => [name, tf.add(value, b[name]!)]));
  tf.dispose([a, b]);
  return sum;
}
