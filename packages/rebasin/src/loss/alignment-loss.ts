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

export interface MidpointLoss {
  /** Loss of the midpoint of A and the given model, over all examples. */
  of(b: Model): Promise<number>;
  /** Mean of the losses of both ends: a midpoint that is no worse leaves nothing to align. */
  readonly chord: number;
  dispose(): void;
}

/** Compiles the loss of the midpoint of `a` and a moved `b` over all examples, `batch` rows at a time. */
export async function midpointLoss({ network, data }: LossContext, a: Model, b: Model, batch: number): Promise<MidpointLoss> {
  const rows = data.inputs.shape[0]!;
  const step = network.input === 'nodes' ? rows : batch;
  const program = jit(
    (x: Model, y: Model, t: tf.Tensor, examples: Examples): TensorTree => lossOn(network, data.task, between(x, y, t), examples),
    {
      name: 'midpoint-loss',
    },
  );
  const lossAt = async (other: Model, at: number): Promise<number> => {
    let sum = 0;
    for (let from = 0; from < rows; from += step) {
      const size = Math.min(step, rows - from);
      const examples = { inputs: tf.slice(data.inputs, from, size), labels: tf.slice(data.labels, from, size), ...withGraph(data.graph) };
      const t = tf.scalar(at);
      const loss = program(a, other, t, examples) as tf.Scalar;
      sum += (await loss.data())[0]! * size;
      tf.dispose([t, loss, examples.inputs, examples.labels]);
    }
    return sum / rows;
  };
  const chord = ((await lossAt(b, 0)) + (await lossAt(b, 1))) / 2;
  return { of: (moved) => lossAt(moved, 0.5), chord, dispose: () => program.dispose() };
}
