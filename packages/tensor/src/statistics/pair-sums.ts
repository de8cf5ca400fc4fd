import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { jit } from '../transforms/index.js';
import { batchMoments, emptyPairMoments, mergePairMoments, rowsOf } from './pair-moments.js';
import type { PairMoments } from './pair-moments.js';

// Pair moments that stay on the device while batches come in, so that a batch costs its matrix product and nothing is moved. They are float32 there: a
// few dozen batches at a time, between which the host adds them up in float64.

/** {@link PairMoments} as float32 tensors, for use inside compiled functions. */
export type PairSums = {
  /** How many, a scalar. */
  rows: Tensor;
  /** [unitsA], [unitsB]. */
  meanA: Tensor;
  meanB: Tensor;
  squaresA: Tensor;
  squaresB: Tensor;
  /** [unitsA, unitsB]. */
  cross: Tensor;
};

/** Batches that are added up in float32 before the host takes over. */
export const BATCHES_PER_READING = 32;

/** Sums of no rows. */
export const emptyPairSums = (unitsA: number, unitsB: number): PairSums => ({
  rows: tf.scalar(0),
  meanA: tf.zeros([unitsA]),
  meanB: tf.zeros([unitsB]),
  squaresA: tf.zeros([unitsA]),
  squaresB: tf.zeros([unitsB]),
  cross: tf.zeros([unitsA, unitsB]),
});

/**
 * The sums with one batch more: `a` [..., unitsA] and `b` [..., unitsB] on the same inputs. Batches are centred each for itself and joined by the update of
 * Chan, Golub and LeVeque 1983; a unit that is constant over all batches keeps squares of exactly 0.
 * @throws BasinlabError where the two have different rows, or none
 */
export function addPairs(sums: PairSums, a: Tensor, b: Tensor): PairSums {
  const batch = rowsOf(a, b);
  const [shiftA, shiftB, offsetA, offsetB, squaresA, squaresB, cross] = batchMoments(
    tf.reshape(a, [batch, a.shape.at(-1)!]),
    tf.reshape(b, [batch, b.shape.at(-1)!]),
  ).map((x, i) => (i < 4 ? tf.squeeze(x, [0]) : x)) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const rows = tf.add(sums.rows, batch);
  const share = tf.div(batch, rows);
  const weight = tf.mul(sums.rows, share);
  // Of no rows the mean is that of the batch: its distance from anything else may have a square that float32 cannot hold.
  const started = tf.greater(sums.rows, 0);
  const from = (before: Tensor, shift: Tensor, offset: Tensor): { before: Tensor; moved: Tensor } => {
    const mean = tf.add(shift, offset);
    const start = tf.where(started, before, mean);
    return { before: start, moved: tf.sub(mean, start) };
  };
  const [x, y] = [from(sums.meanA, shiftA, offsetA), from(sums.meanB, shiftB, offsetB)];
  const outer = tf.mul(tf.expandDims(tf.mul(weight, x.moved), 1), tf.expandDims(y.moved, 0));
  return {
    rows,
    meanA: tf.add(x.before, tf.mul(share, x.moved)),
    meanB: tf.add(y.before, tf.mul(share, y.moved)),
    squaresA: tf.addN([sums.squaresA, squaresA, tf.mul(weight, tf.square(x.moved))]),
    squaresB: tf.addN([sums.squaresB, squaresB, tf.mul(weight, tf.square(y.moved))]),
    cross: tf.addN([sums.cross, cross, outer]),
  };
}

/** Brings sums to the host. */
export async function readPairSums({ rows, ...sums }: PairSums): Promise<PairMoments> {
  const doubles = async (x: Tensor): Promise<Float64Array> => new Float64Array(await x.data());
  const [count, meanA, meanB, squaresA, squaresB, cross] = await Promise.all(
    [rows, sums.meanA, sums.meanB, sums.squaresA, sums.squaresB, sums.cross].map(doubles),
  );
  const [unitsA, unitsB] = [meanA!.length, meanB!.length];
  return { rows: count![0]!, unitsA, unitsB, meanA: meanA!, meanB: meanB!, squaresA: squaresA!, squaresB: squaresB!, cross: cross! };
}

/** Moments of several pairs of activations at once, from batches that come one after the other. */
export interface PairAccumulator {
  /** Adds a batch of every pair named; resolves when it has been read, so that its tensors may go. */
  add(pairs: Readonly<Record<string, { readonly a: Tensor; readonly b: Tensor }>>): Promise<void>;
  /** Moments of all that was added, by name. Further batches start anew. */
  finish(): Promise<ReadonlyMap<string, PairMoments>>;
  /** Releases sums and the compiled program. */
  dispose(): void;
}

/** Starts an accumulation on the device: one compiled step per batch for all pairs, whose sums take the place of those before. */
export function createPairAccumulator(): PairAccumulator {
  type Sums = Record<string, PairSums>;
  type Pairs = Record<string, { a: Tensor; b: Tensor }>;
  const step = jit(
    (sums: Sums, pairs: Pairs): Sums =>
      Object.fromEntries(Object.entries(pairs).map(([name, { a, b }]) => [name, addPairs(sums[name]!, a, b)])),
    { name: 'pair-sums', donate: [0] },
  );
  let moments = new Map<string, PairMoments>();
  let sums: Sums = {};
  let batches = 0;
  const clear = (): void => {
    tf.dispose(sums);
    [sums, batches] = [{}, 0];
  };
  const read = async (): Promise<void> => {
    const readings = await Promise.all(Object.entries(sums).map(async ([name, each]) => [name, await readPairSums(each)] as const));
    clear();
    for (const [name, more] of readings) {
      moments.set(name, mergePairMoments(moments.get(name) ?? emptyPairMoments(more.unitsA, more.unitsB), more));
    }
  };
  return {
    async add(pairs) {
      const names = Object.keys(pairs);
      if (names.length === 0) return;
      for (const name of names) {
        const { a, b } = pairs[name]!;
        rowsOf(a, b);
        sums[name] ??= emptyPairSums(a.shape.at(-1)!, b.shape.at(-1)!);
      }
      const before = Object.fromEntries(names.map((name) => [name, sums[name]!]));
      sums = { ...sums, ...step(before, pairs) };
      await sums[names[0]!]!.rows.data();
      if (++batches >= BATCHES_PER_READING) await read();
    },
    async finish() {
      await read();
      const result = moments;
      moments = new Map();
      return result;
    },
    dispose() {
      clear();
      step.dispose();
    },
  };
}
