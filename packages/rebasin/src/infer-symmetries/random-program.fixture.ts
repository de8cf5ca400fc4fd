import * as tf from '@tensorflow/tfjs-core';
import { foldIn, normal, randomInt, type Key } from '@basinlab/core/random';

/** What a step of a random program may use: parameters are made as they are needed, choices follow from the program's key. */
export interface Walk {
  readonly parameter: (shape: readonly number[]) => tf.Tensor;
  /** A whole number from 0 up to a count, 0 where that is 0. */
  readonly choose: (count: number) => number;
  /** What was there before each step, the last first. */
  readonly earlier: readonly tf.Tensor[];
}

/** Runs a program on any tensors: `parameterOf` gives those that it asks for. */
export type RandomProgram = (parameterOf: (name: string, shape: readonly number[]) => tf.Tensor, input: tf.Tensor) => tf.Tensor;

/** Standard normal numbers of a shape. */
export const drawn = (key: Key, shape: readonly number[]): tf.Tensor =>
  tf.tensor(normal(key, tf.util.sizeFromShape([...shape])), [...shape]);

/** The first step, then `length` of all, of which every second one is among the first three; the same program whenever the key is the same. */
export function randomProgram<T extends tf.Tensor>(
  key: Key,
  {
    steps,
    length,
    end,
  }: {
    readonly steps: readonly ((x: T, walk: Walk) => tf.Tensor)[];
    readonly length: number;
    readonly end: (x: T, walk: Walk) => tf.Tensor;
  },
): RandomProgram {
  return (parameterOf, input) => {
    let [draws, parameters] = [0, 0];
    const earlier: tf.Tensor[] = [];
    const walk: Walk = {
      choose: (count) => (count === 0 ? 0 : randomInt(foldIn(key, draws++), 1, 0, count)[0]!),
      parameter: (shape) => parameterOf(`p${parameters++}`, shape),
      earlier,
    };
    let x = steps[0]!(input as T, walk) as T;
    for (let step = 0; step < length; step++) {
      earlier.unshift(x);
      x = steps[walk.choose(2) === 0 ? walk.choose(3) : walk.choose(steps.length)]!(x, walk) as T;
    }
    return end(x, walk);
  };
}
