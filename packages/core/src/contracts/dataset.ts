import type { Tensor } from '@tensorflow/tfjs-core';
import type { ZodType } from 'zod';

export interface Split {
  /** [samples, ...features] float32, normalised. */
  readonly inputs: Tensor;
  /** [samples] int32 class indices; of a multi-label set [samples, classes] float32, each 0 or 1. */
  readonly labels: Tensor;
  /** Which node of the set's graph each sample is, int32 [samples]; where there is a graph. */
  readonly nodes?: Tensor;
}

/**
 * A graph without weights as one list of edges, sorted by target and then by source, so that the neighbours of node i are
 * sources[offsets[i]] ... sources[offsets[i + 1] - 1]: what a sum over segments needs, nothing of it dense.
 */
export interface Graph {
  /** [nodes, ...features] float32. */
  readonly features: Tensor;
  /** [edges] int32: the node that each edge comes from. */
  readonly sources: Tensor;
  /** [edges] int32, not decreasing: the node that each edge goes to. */
  readonly targets: Tensor;
  /** [nodes + 1] int32: where the edges of each target begin. */
  readonly offsets: Tensor;
  /** [nodes] float32: the number of edges that go to each node. */
  readonly degrees: Tensor;
}

export interface LoadedDataset {
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  readonly classes: number;
  /** Whether a sample has one class (the default) or any number of them (`multi-label`, trained by binary cross entropy per class). */
  readonly task?: 'classification' | 'multi-label';
  /** The graph whose nodes the samples are. */
  readonly graph?: Graph;
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
