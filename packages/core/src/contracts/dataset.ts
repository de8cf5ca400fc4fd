import type { Tensor } from '@tensorflow/tfjs-core';
import type { ZodType } from 'zod';

export interface Split {
  /** [samples, ...features] float32, normalised. */
  readonly inputs: Tensor;
  /** [samples] int32 class indices. */
  readonly labels: Tensor;
}

export interface LoadedDataset {
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  readonly classes: number;
  /** Shape of one input. */
  readonly inputShape: readonly number[];
  /**
   * A random change of a training batch (crops, flips) that keeps its shape and its labels. Training calls it on every batch, inside the
   * compiled step: pure, and random by `key` alone, int32 [2]. Absent: inputs are trained on as they are.
   */
  augment?(key: Tensor, inputs: Tensor): Tensor;
  dispose(): void;
}

export interface Dataset<O = unknown> {
  readonly id: string;
  readonly summary: string;
  readonly options: ZodType<O>;
  /** Where the files are on this machine, or what to do to get them. */
  status(): Promise<{ available: boolean; where: string }>;
  load(options: O): Promise<LoadedDataset>;
}
