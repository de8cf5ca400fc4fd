import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Batch } from '@basinlab/core';
import { device } from '@basinlab/core/random';
import { NOT_ASKED } from '@basinlab/core/training';

/** What of a sequence is hidden. */
export interface MaskOptions {
  /** Share of the tokens, at least one of every sequence. */
  readonly share: number;
  /** The token that stands for a hidden one; those below it are the vocabulary. */
  readonly mask: number;
}

/** Of the tokens that are asked for: hidden, and replaced by any other. The rest is left as it is. */
const [HIDDEN, REPLACED] = [0.8, 0.1];

/**
 * Masked language modelling: of int32 tokens [rows, length], some of each row, drawn without replacement, become the labels, and are hidden in the inputs (80%),
 * replaced by a token drawn at random (10%) or left there (10%). Random by `key` alone, int32 [2]; runs compiled. Devlin et al. 2019, arXiv 1810.04805.
 */
export function maskTokens(key: Tensor, tokens: Tensor, { share, mask }: MaskOptions): Batch {
  return tf.tidy(() => {
    const [rows = 0, length = 0] = tokens.shape;
    const asked = Math.max(1, Math.round(share * length));
    const noise = device.uniform(device.childKey(key, 'place'), [rows, length]);
    const least = tf.slice(tf.topk(noise, asked).values, [0, asked - 1], [rows, 1]);
    const isAsked = tf.greaterEqual(noise, least);
    const fate = device.uniform(device.childKey(key, 'fate'), [rows, length]);
    const other = device.randomInt(device.childKey(key, 'other'), [rows, length], 0, mask);
    const int = (value: number): Tensor => tf.scalar(value, 'int32');
    const shown = tf.where(tf.less(fate, HIDDEN), int(mask), tf.where(tf.less(fate, HIDDEN + REPLACED), other, tokens));
    return { inputs: tf.where(isAsked, shown, tokens), labels: tf.where(isAsked, tokens, int(NOT_ASKED)) };
  });
}

/** The tokens of a batch that {@link maskTokens} made, hidden ones too. */
export const unmasked = ({ inputs, labels }: Batch): Tensor =>
  tf.tidy(() => tf.where(tf.equal(labels, tf.scalar(NOT_ASKED, 'int32')), inputs, labels));
