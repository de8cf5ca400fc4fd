import * as tf from '@tensorflow/tfjs-core';
import { demand, type LoadedDataset, type Split } from '@basinlab/core';
import { device, foldIn, keyFromSeed } from '@basinlab/core/random';
import type { Limit } from '../images/image-options.js';
import { disposeSplits } from '../images/load-images.js';
import { maskTokens, unmasked, type MaskOptions } from './mask-tokens.js';

/** How a text becomes samples. */
export interface WindowOptions {
  /** Tokens of a sample. */
  readonly length: number;
  /** Shares of the text for training, validation and test, in this order. */
  readonly shares: readonly [number, number, number];
  readonly limit: Limit;
  /** Share of the tokens of a sample that are hidden and asked for. Absent: what comes next is asked for. */
  readonly masked?: number | undefined;
}

/**
 * A sequence of tokens as a data set: contiguous parts for training, validation and test, each cut into windows that do not overlap. Inputs int32
 * [windows, length]. For `next-token` labels are the same one place later; for `masked-tokens` they are what is hidden, once for all in every split and anew in
 * every training batch, and there is one token more, for hidden ones. What is left of a part is not used. `name` is who refuses a text too short.
 */
export function tokenWindows(name: string, tokens: Int32Array, vocabulary: number, options: WindowOptions): LoadedDataset {
  const { length, shares, limit, masked } = options;
  const ends = [shares[0], shares[0] + shares[1], 1].map((share) => Math.round(share * tokens.length));
  const hiding = masked === undefined ? null : { share: masked, mask: vocabulary };
  /** Tokens behind a part's last window that are asked for. */
  const following = hiding === null ? 1 : 0;
  const part = (position: number, most = Infinity): Split => {
    const [from, end] = [position === 0 ? 0 : ends[position - 1]!, ends[position]!];
    const whole = Math.floor((end - from - following) / length);
    demand(
      whole > 0,
      name,
      `at least ${length + following} tokens in every part`,
      end - from,
      'Give a longer text, or a smaller options.length.',
    );
    const windows = Math.min(whole, most);
    const cut = (first: number): tf.Tensor2D => tf.tensor2d(tokens.slice(first, first + windows * length), [windows, length], 'int32');
    return hiding === null ? { inputs: cut(from), labels: cut(from + 1) } : hide(cut(from), position, hiding);
  };
  const splits = { train: part(0, limit.train), validation: part(1, limit.validation), test: part(2, limit.test) };
  const data = { ...splits, inputShape: [length], dispose: () => disposeSplits(splits) };
  if (hiding === null) return { ...data, classes: vocabulary, task: 'next-token' };
  return { ...data, classes: vocabulary + 1, task: 'masked-tokens', augment: (key, batch) => maskTokens(key, unmasked(batch), hiding) };
}

/** Masks of a split, the same in every run. Consumes the tokens. */
function hide(tokens: tf.Tensor2D, split: number, options: MaskOptions): Split {
  const batch = tf.tidy(() => maskTokens(device.keyTensor(foldIn(keyFromSeed(0), split)), tokens, options));
  tokens.dispose();
  return batch;
}
