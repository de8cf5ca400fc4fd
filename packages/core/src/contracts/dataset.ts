import type { Tensor } from '@tensorflow/tfjs-core';
import type { Batch, Graph, Split, Task } from '@basinlab/tensor';
import type { ZodType } from 'zod';

/** A data set on the current engine. */
export interface LoadedDataset {
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  readonly classes: number;
  /** Default `classification`. */
  readonly task?: Task;
  /** The graph whose nodes the samples are: its splits name them in `nodes`. */
  readonly graph?: Graph;
  /** Shape of one input. */
  readonly inputShape: readonly number[];
  /**
   * A random change of a training batch (crops, flips, other tokens hidden) that keeps its shapes. Training calls it on every batch, inside the
   * compiled step: pure, and random by `key` alone, int32 [2]. Absent: batches are trained on as they are.
   */
  augment?(key: Tensor, batch: Batch): Batch;
  dispose(): void;
}

/** A data set that can be loaded by name: a plugin family. */
export interface Dataset<O = unknown> {
  readonly id: string;
  readonly summary: string;
  readonly options: ZodType<O>;
  /** Where the files are on this machine, or what to do to get them. */
  status(): Promise<{ available: boolean; where: string }>;
  load(options: O): Promise<LoadedDataset>;
}
