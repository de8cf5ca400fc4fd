import * as tf from '@tensorflow/tfjs-core';
import { elementIndices, elementMatrix, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { transposed } from '@basinlab/core/linear-algebra';
import { taskLoss } from '@basinlab/core/training';
import type { GoldenFixture } from '../contract.js';
import { inputOf, inputsUnder, toDevice } from '../inputs.js';
import { circuitsNetwork, fromCircuitNames } from './reference-gpt2.js';

export type Values = Record<string, ArrayLike<number>>;

export const lambdas = [0, 0.25, 0.5, 0.75, 1];

/** The parameters of a model of the fixture in circuit form; call it inside `tf.tidy` or dispose them. */
export const circuitsUnder = (fixture: GoldenFixture, prefix: string): Tensors =>
  fromCircuitNames(Object.fromEntries(Object.entries(inputsUnder(fixture, prefix)).map(([name, tensor]) => [name, toDevice(tensor)])));

export function activeTokens(fixture: GoldenFixture): Int32Array {
  const { data } = inputOf(fixture, 'token_freqs');
  return Int32Array.from([...data.keys()].filter((token) => data[token]! > 0));
}

/** The fixtures' matrix for row vectors, x' = x O. */
export const rowMatrix = (transform: SymmetryTransform): Float64Array => {
  const matrix = elementMatrix(transform['residual']!);
  const size = Math.sqrt(matrix.length);
  return transposed(matrix, size, size);
};

/** Logits of a model in circuit form; `other` where its network has not the fixture's sizes. */
export const logitsOf = (fixture: GoldenFixture, params: Tensors, ids = toDevice(inputOf(fixture, 'ids')), other: object = {}): tf.Tensor =>
  circuitsNetwork(fixture, other).apply({ params, constants: {}, state: {} }, ids).logits;

/** lambda a + (1 - lambda) b, as the fixtures weigh models. */
export const mixed = (a: Tensors, b: Tensors, lambda: number): Tensors =>
  Object.fromEntries(Object.entries(a).map(([name, tensor]) => [name, tf.add(tf.mul(tensor, lambda), tf.mul(b[name]!, 1 - lambda))]));

export function nextTokenLoss(logits: tf.Tensor, ids: tf.Tensor): tf.Scalar {
  const [batch, length, tokens] = logits.shape as [number, number, number];
  return taskLoss('next-token', tf.slice(logits, [0, 0, 0], [batch, length - 1, tokens]), tf.slice(ids, [0, 1], [batch, length - 1]));
}

/** Losses at the fixtures' lambdas, and how far they lie above the chord. */
export function pathOf(
  logitsAt: (lambda: number, ids: tf.Tensor) => tf.Tensor,
  fixture: GoldenFixture,
): { losses: number[]; barrier: number[] } {
  const losses = lambdas.map(
    (lambda) =>
      tf
        .tidy(() => {
          const ids = toDevice(inputOf(fixture, 'ids'));
          return nextTokenLoss(logitsAt(lambda, ids), ids);
        })
        .dataSync()[0]!,
  );
  return { losses, barrier: aboveChord(losses) };
}

/** How far losses at the fixtures' lambdas lie above the line between the ends. */
export const aboveChord = (losses: readonly number[]): number[] =>
  losses.map((loss, at) => loss - (lambdas[at]! * losses.at(-1)! + (1 - lambdas[at]!) * losses[0]!));

export const joined = (values: readonly ArrayLike<number>[]): number[] => values.flatMap((one) => Array.from(one));

export const indicesAt = (transform: SymmetryTransform, layer: number, part: string): Int32Array => {
  const group = `blocks.${layer}.${part}`;
  return elementIndices(group, transform[group]!);
};

export const copied = (params: Tensors): Tensors =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tf.clone(tensor)]));

/** The two sequences on which logits are given. */
export const firstRows = (fixture: GoldenFixture): tf.Tensor => {
  const ids = toDevice(inputOf(fixture, 'ids'));
  return tf.slice(ids, [0, 0], [2, ids.shape[1]!]);
};
