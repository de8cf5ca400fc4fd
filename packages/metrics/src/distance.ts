import * as tf from '@tensorflow/tfjs-core';
import { demand, type Tensors, type Variables } from '@basinlab/tensor';

/**
 * L2 distance between two records of tensors with the same names and shapes, over all their entries together.
 * @throws BasinlabError where names or shapes differ
 */
export async function l2Distance(a: Tensors, b: Tensors): Promise<number> {
  const names = Object.keys(a);
  demand(
    names.length === Object.keys(b).length && names.every((name) => name in b),
    'distance',
    `tensors ${names.join(', ')} on both sides`,
    Object.keys(b),
  );
  const squares = tf.tidy(() =>
    names.map((name) => {
      demand(
        a[name]!.shape.join() === b[name]!.shape.join(),
        'distance',
        `${name} of shape [${a[name]!.shape.join(', ')}] on both sides`,
        b[name]!.shape,
      );
      return tf.sum(tf.square(tf.sub(tf.cast(a[name]!, 'float32'), tf.cast(b[name]!, 'float32'))));
    }),
  );
  const values = await Promise.all(squares.map(async (square) => (await square.data())[0]!));
  tf.dispose(squares);
  return Math.sqrt(values.reduce((sum, value) => sum + value, 0));
}

/** Distance of two models in parameter space. */
export interface ModelDistance {
  /** L2 distance over parameters (raw, with the entries that have no effect) and state; shared constants do not count. */
  readonly distance: number;
  /** Distance per square root of the number of parameters that have an effect. */
  readonly normalised: number;
  /** Parameters less those that a mask holds fixed. */
  readonly parameters: number;
}

/** Distance between two models of one network, as arXiv 2606.04754 reports it. */
export async function modelDistance(a: Variables, b: Variables): Promise<ModelDistance> {
  const distance = Math.hypot(await l2Distance(a.params, b.params), await l2Distance(a.state, b.state));
  const parameters = await effectiveParameters(a);
  return { distance, normalised: distance / Math.sqrt(parameters), parameters };
}

/** Number of parameters of a model that its function depends on: all entries but those whose constant scale (mask) is 0. */
export async function effectiveParameters({ params, constants }: Pick<Variables, 'params' | 'constants'>): Promise<number> {
  const masks = Object.keys(params).flatMap((name) => constants[`${name}.scale`] ?? []);
  // Counted in int32: float32 sums lose units beyond 2^24.
  const counts = tf.tidy(() => masks.map((mask) => tf.sum(tf.cast(tf.equal(mask, 0), 'int32'))));
  const fixed = await Promise.all(counts.map(async (count) => (await count.data())[0]!));
  tf.dispose(counts);
  const all = Object.values(params).reduce((sum, { size }) => sum + size, 0);
  return all - fixed.reduce((sum, count) => sum + count, 0);
}
