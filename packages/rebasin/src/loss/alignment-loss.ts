import * as tf from '@tensorflow/tfjs-core';
import {
  interpolateTensor,
  jit,
  type AlignmentData,
  type AlignmentSide,
  type LossAlignmentContext,
  type Network,
  type Tensors,
  type TensorTree,
} from '@basinlab/core';
import { taskLoss, withGraph, type Examples } from '@basinlab/core/training';

/** Parameters and running statistics of one network: what is moved, averaged and evaluated. */
export type Model = { params: Tensors; state: Tensors };

export const modelOf = ({ params, state = {} }: AlignmentSide): Model => ({ params, state });

/** What strategies that look at the loss are given. */
export type LossContext = Pick<LossAlignmentContext, 'network' | 'data'>;

/** (1 - t) a + t b of every tensor; inside `tf.tidy`. */
export function between(a: Model, b: Model, t: number | tf.Tensor): Model {
  const mix = (x: Tensors, y: Tensors): Tensors =>
    Object.fromEntries(Object.entries(x).map(([name, value]) => [name, interpolateTensor(value, y[name]!, t)]));
  return { params: mix(a.params, b.params), state: mix(a.state, b.state) };
}

/** The sum of every tensor of the models, each times its weight, a scalar; inside `tf.tidy`. */
export function mixtureOf(models: readonly Model[], weights: readonly tf.Tensor[]): Model {
  const mix = (of: (model: Model) => Tensors): Tensors =>
    Object.fromEntries(
      Object.keys(of(models[0]!)).map((name) => [name, tf.addN(models.map((model, at) => tf.mul(of(model)[name]!, weights[at]!)))]),
    );
  return { params: mix(({ params }) => params), state: mix(({ state }) => state) };
}

/** Mean loss of a model on examples, in evaluation mode; for use inside a compiled function. */
export function lossOn(network: Network, task: AlignmentData['task'], model: Model, { inputs, labels, graph }: Examples): tf.Scalar {
  const { logits } = network.apply({ ...model, constants: {} }, inputs, withGraph(graph));
  return taskLoss(task ?? 'classification', logits, labels);
}

/** Rows `from` to `from + count` of the examples, beginning again at the end; the caller disposes inputs and labels. */
export function batchOf({ inputs, labels, graph }: AlignmentData, from: number, count: number): Examples {
  const rows = inputs.shape[0]!;
  const size = Math.min(count, rows);
  const start = from % Math.max(1, rows - size + 1);
  return { inputs: tf.slice(inputs, start, size), labels: tf.slice(labels, start, size), ...withGraph(graph) };
}

/** Loss in the middle of models. */
export interface MiddleLoss {
  /** Loss of the mean of the first model and the given ones, over all examples. */
  of(others: readonly Model[]): Promise<number>;
  /** Mean of the losses of all models: a middle that is no worse leaves nothing to align. */
  readonly chord: number;
  dispose(): void;
}

/** Compiles the loss of the mean of `models[0]` and the others, moved, over all examples, `batch` rows at a time. */
export async function middleLoss({ network, data }: LossContext, models: readonly Model[], batch: number): Promise<MiddleLoss> {
  const rows = data.inputs.shape[0]!;
  const step = network.input === 'nodes' ? rows : batch;
  const program = jit(
    (all: readonly Model[], weights: readonly tf.Tensor[], examples: Examples): TensorTree =>
      lossOn(network, data.task, mixtureOf(all, weights), examples),
    { name: 'middle-loss' },
  );
  const lossAt = async (all: readonly Model[], shares: readonly number[]): Promise<number> => {
    let sum = 0;
    const weights = shares.map((share) => tf.scalar(share));
    for (let from = 0; from < rows; from += step) {
      const size = Math.min(step, rows - from);
      const examples = { inputs: tf.slice(data.inputs, from, size), labels: tf.slice(data.labels, from, size), ...withGraph(data.graph) };
      const loss = program(all, weights, examples) as tf.Scalar;
      sum += (await loss.data())[0]! * size;
      tf.dispose([loss, examples.inputs, examples.labels]);
    }
    tf.dispose(weights);
    return sum / rows;
  };
  let chord = 0;
  for (const own of models.keys())
    chord +=
      (await lossAt(
        models,
        models.map((_, at) => (at === own ? 1 : 0)),
      )) / models.length;
  const even = models.map(() => 1 / models.length);
  return { of: (others) => lossAt([models[0]!, ...others], even), chord, dispose: () => program.dispose() };
}
