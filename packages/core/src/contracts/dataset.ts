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
