import * as tf from '@tensorflow/tfjs-core';
import { demand, jit, type Graph, type Network, type Split, type Task, type TensorTree, type Variables } from '@basinlab/tensor';
import { examplesOf, rowsPerPass, tasks, withGraph, type Examples } from '@basinlab/tensor/evaluation';
import { foldIn, randomInt, type Key } from '@basinlab/tensor/random';
import { mixture } from './mixture.js';

// What a barrier looks like row by row: how certain it is, and what is left of it when every point is calibrated.

/** Batches and task of the passes. */
export interface RowLossOptions {
  /** Rows per pass. Default 250. */
  readonly batch?: number;
  /** Default `classification`. */
  readonly task?: Task | undefined;
  readonly graph?: Graph | undefined;
}

/** Compiled passes over rows at weighted means of models. */
export interface RowLosses {
  /** Loss of every row (every window of a text, every image) at a point with these weights of the models. */
  at(models: readonly Variables[], weights: readonly number[], split: Split): Promise<Float32Array>;
  /**
   * The temperature by which logits are divided for the least mean loss on a split: Newton's method on its inverse, in which that loss is convex. Guo et al.
   * 2017, arXiv 1706.04599.
   * @throws BasinlabError for tasks without one label per decision
   */
  temperature(models: readonly Variables[], weights: readonly number[], split: Split): Promise<number>;
  /** Mean loss on a split with logits divided by a temperature. */
  calibratedLoss(models: readonly Variables[], weights: readonly number[], split: Split, temperature: number): Promise<number>;
  dispose(): void;
}

/** Steps of Newton's method at most, and the relative change at which it stops. */
const [newtonSteps, tolerance] = [30, 1e-5];

/** Compiles passes over rows of a network's mixtures. */
export function createRowLosses(network: Network, { batch = 250, task = 'classification', graph }: RowLossOptions = {}): RowLosses {
  const rows = jit(
    (models: Variables[], weights: tf.Tensor, examples: Examples): TensorTree => {
      const { logits } = network.apply(mixture(models, weights), examples.inputs, withGraph(examples.graph));
      return tasks[task].lossOfRows(logits, examples.labels);
    },
    { name: 'row-losses' },
  );
  const scaled = jit(
    (models: Variables[], weights: tf.Tensor, scale: tf.Tensor, examples: Examples): CalibrationSums => {
      const { logits } = network.apply(mixture(models, weights), examples.inputs, withGraph(examples.graph));
      return scaledSums(logits, examples.labels, scale);
    },
    { name: 'calibration' },
  );
  async function over<T>(split: Split, pass: (part: Examples) => Promise<T>): Promise<T[]> {
    const examples = examplesOf(network, split, graph);
    const { inputs, labels } = examples;
    const size = rowsPerPass(network, inputs.shape[0]!, batch);
    const found: T[] = [];
    for (let from = 0; from < inputs.shape[0]!; from += size) {
      const count = Math.min(size, inputs.shape[0]! - from);
      const part = { ...examples, inputs: tf.slice(inputs, from, count), labels: tf.slice(labels, from, count) };
      try {
        found.push(await pass(part));
      } finally {
        tf.dispose([part.inputs, part.labels]);
      }
    }
    return found;
  }
  async function sumsAt(models: readonly Variables[], weights: readonly number[], split: Split, scale: number) {
    demand(task !== 'multi-label' && task !== 'regression', 'calibration', 'a task with one label per decision', task);
    const [shares, factor] = [tf.tensor1d([...weights]), tf.scalar(scale)];
    try {
      const parts = await over(split, async (part) => {
        const sums = scaled([...models], shares, factor, part);
        const each = [sums.loss, sums.slope, sums.curvature, sums.decisions];
        const values = await Promise.all(each.map(async (sum) => (await sum.data())[0]!));
        tf.dispose(each);
        return values;
      });
      const total = (which: number): number => parts.reduce((sum, part) => sum + part[which]!, 0);
      return [0, 1, 2].map((which) => total(which) / total(3)) as [number, number, number];
    } finally {
      tf.dispose([shares, factor]);
    }
  }
  return {
    async at(models, weights, split) {
      const shares = tf.tensor1d([...weights]);
      const parts = await over(split, async (part) => {
        const losses = rows([...models], shares, part) as tf.Tensor;
        const values = (await losses.data()) as Float32Array;
        losses.dispose();
        return values;
      });
      shares.dispose();
      return Float32Array.from(parts.flatMap((part) => [...part]));
    },
    async temperature(models, weights, split) {
      let scale = 1;
      for (let step = 0; step < newtonSteps; step++) {
        const [, slope, curvature] = await sumsAt(models, weights, split, scale);
        // Where logits do not differ, none is better than another.
        if (!(curvature > 0)) break;
        const next = Math.min(2 * scale, Math.max(scale / 2, scale - slope / curvature));
        const isDone = Math.abs(next - scale) <= tolerance * scale;
        scale = next;
        if (isDone) break;
      }
      return 1 / scale;
    },
    calibratedLoss: async (models, weights, split, temperature) => (await sumsAt(models, weights, split, 1 / temperature))[0],
    dispose() {
      rows.dispose();
      scaled.dispose();
    },
  };
}

/** Sums over decisions: scalars. A position that nothing is asked of is none. */
type CalibrationSums = { loss: tf.Tensor; slope: tf.Tensor; curvature: tf.Tensor; decisions: tf.Tensor };

/** Sums of the cross entropy of `scale` times the logits, of its first two derivatives with respect to the scale, and of decisions. */
function scaledSums(logits: tf.Tensor, labels: tf.Tensor, scale: tf.Tensor): CalibrationSums {
  const classes = logits.shape.at(-1)!;
  const z = tf.reshape(logits, [-1, classes]);
  const y = tf.oneHot(tf.reshape(labels, [-1]) as tf.Tensor1D, classes, 1, 0, 'float32');
  const log = tf.logSoftmax(tf.mul(z, scale));
  const p = tf.exp(log);
  const mean = tf.sum(tf.mul(p, z), -1);
  // 1 for a decision: the marks of no class sum to 0.
  const isAsked = tf.sum(y, -1);
  const variance = tf.sub(tf.sum(tf.mul(p, tf.square(z)), -1), tf.square(mean));
  return {
    loss: tf.neg(tf.sum(tf.mul(y, log))),
    slope: tf.sub(tf.sum(tf.mul(mean, isAsked)), tf.sum(tf.mul(y, z))),
    curvature: tf.sum(tf.mul(variance, isAsked)),
    decisions: tf.sum(isAsked),
  };
}

/** A bootstrap interval. */
export interface BarrierInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * An interval of the greatest mean loss on a path above the line between its ends: quantiles of it over rows drawn with replacement.
 * @param losses of every point, from end to end, each with one number per row
 * @param confidence share of the draws between both bounds
 */
export function barrierInterval(
  losses: readonly Float32Array[],
  { confidence, key, draws = 1000 }: { readonly confidence: number; readonly key: Key; readonly draws?: number },
): BarrierInterval {
  const [steps, rows] = [losses.length - 1, losses[0]?.length ?? 0];
  demand(steps >= 1 && rows >= 1 && draws >= 1, 'barrierInterval', 'a path of at least two points on at least one row', [
    losses.length,
    rows,
  ]);
  // What a row adds to each point above the line between its own ends: the line of means is the mean of lines.
  const excess = losses.map((own, at) =>
    own.map((loss, row) => loss - ((steps - at) * losses[0]![row]! + at * losses[steps]![row]!) / steps),
  );
  const barriers = Float64Array.from({ length: draws }, (_, draw) => {
    const drawn = randomInt(foldIn(key, draw), rows, 0, rows);
    return Math.max(...excess.map((own) => drawn.reduce((sum, row) => sum + own[row]!, 0) / rows));
  }).sort();
  const at = (share: number): number => barriers[Math.min(draws - 1, Math.max(0, Math.round(share * (draws - 1))))]!;
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}
