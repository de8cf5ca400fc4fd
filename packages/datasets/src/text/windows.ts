import * as tf from '@tensorflow/tfjs-core';
import { demand, type LoadedDataset, type Split } from '@basinlab/core';
import type { Limit } from '../images/image-options.js';
import { disposeSplits } from '../images/load-images.js';

/** How a text becomes samples. */
export interface WindowOptions {
  /** Tokens of a sample. */
  readonly length: number;
  /** Shares of the text for training, validation and test, in this order. */
  readonly shares: readonly [number, number, number];
  readonly limit: Limit;
}

/**
 * A sequence of tokens as a data set for `next-token`: contiguous parts for training, validation and test, each cut into windows that do not overlap.
 * Inputs int32 [windows, length]; labels are the same one place later. What is left of a part is not used. `name` is who refuses a text too short.
 */
export function tokenWindows(name: string, tokens: Int32Array, vocabulary: number, options: WindowOptions): LoadedDataset {
  const { length, shares, limit } = options;
  const ends = [shares[0], shares[0] + shares[1], 1].map((share) => Math.round(share * tokens.length));
  const part = (position: number, most = Infinity): Split => {
    const [from, end] = [position === 0 ? 0 : ends[position - 1]!, ends[position]!];
    const whole = Math.max(0, Math.floor((end - from - 1) / length));
    demand(whole > 0, name, `at least ${length + 1} tokens in every part`, end - from, 'Give a longer text, or a smaller options.length.');
    const windows = Math.min(whole, most);
    const cut = (first: number): tf.Tensor2D => tf.tensor2d(tokens.slice(first, first + windows * length), [windows, length], 'int32');
    return { inputs: cut(from), labels: cut(from + 1) };
  };
  const splits = { train: part(0, limit.train), validation: part(1, limit.validation), test: part(2, limit.test) };
  return { ...splits, classes: vocabulary, task: 'next-token', inputShape: [length], dispose: () => disposeSplits(splits) };
}
