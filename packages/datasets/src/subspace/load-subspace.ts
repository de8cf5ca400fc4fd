import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LoadedDataset, Split } from '@basinlab/core';
import { z } from 'zod';
import { disposeSplits } from '../images/load-images.js';
import { trainValidationSplit } from '../train-validation-split.js';

const size = z.number().int().positive();

/** What every set in a random subspace can be asked for. Sizes and seeds have the values of arXiv 2606.04754 as defaults. */
export const subspaceOptions = {
  /** Samples for training and validation together. */
  train: size.default(50_000),
  test: size.default(10_000),
  /** Dimensions of the space in which the samples are given. */
  ambient: size.default(512),
  validationFraction: z.number().min(0).lt(1).default(0.1),
  splitSeed: z.number().int().default(42),
};

/** One part of a set before it is split: samples, and labels that a tensor is made of. */
export interface SubspacePart {
  /** [samples, ambient] */
  readonly inputs: Float32Array;
  /** [samples] classes, or [samples, classes] of zeros and ones. */
  readonly labels: Int32Array | Float32Array;
}

/** Puts the parts on the device and splits the first into training and validation samples. */
export function loadSubspace(
  training: SubspacePart,
  testing: SubspacePart,
  { ambient, classes, validationFraction, splitSeed }: { ambient: number; classes: number; validationFraction: number; splitSeed: number },
): LoadedDataset {
  const whole = (part: SubspacePart): Split => ({
    inputs: tf.tensor2d(part.inputs, [part.inputs.length / ambient, ambient]),
    labels:
      part.labels instanceof Int32Array
        ? tf.tensor1d(part.labels, 'int32')
        : tf.tensor2d(part.labels, [part.labels.length / classes, classes]),
  });
  const { train, validation } = trainValidationSplit(training.inputs.length / ambient, validationFraction, splitSeed);
  const all = whole(training);
  const rows = (positions: Int32Array): Split =>
    tf.tidy(() => {
      const at = tf.tensor1d(positions, 'int32');
      return { inputs: tf.gather<Tensor>(all.inputs, at), labels: tf.gather<Tensor>(all.labels, at) };
    });
  const parts = { train: rows(train), validation: rows(validation), test: whole(testing) };
  tf.dispose([all.inputs, all.labels]);
  const task = training.labels instanceof Int32Array ? {} : { task: 'multi-label' as const };
  return { ...parts, ...task, classes, inputShape: [ambient], dispose: () => disposeSplits(parts) };
}
