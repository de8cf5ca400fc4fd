import type { Tensor } from '@tensorflow/tfjs-core';

/** Inputs and labels of one part of a data set. */
export interface Split {
  /** [samples, ...features] float32, normalised; of texts [samples, positions] int32 tokens. */
  readonly inputs: Tensor;
  /**
   * By `task`: [samples] int32 class indices; [samples, positions] int32, the token that follows each position, or the one that was there and -1
   * where nothing is asked; [samples, classes] float32, each 0 or 1; [samples, outputs] float32 values.
   */
  readonly labels: Tensor;
  /** Which node of the set's graph each sample is, int32 [samples]; where there is a graph. */
  readonly nodes?: Tensor;
}

/** Some samples of a split, with their labels. */
export type Batch = Pick<Split, 'inputs' | 'labels'>;

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

/**
 * What a network is trained for, and thereby its loss: `classification`, one class per sample, softmax cross entropy; `next-token`, one token
 * per position, softmax cross entropy, mean over positions; `masked-tokens`, the tokens that were hidden, softmax cross entropy, mean over those; `multi-label`, any number of classes per sample, binary cross entropy, mean over
 * classes; `regression`, mean squared error over outputs.
 */
export type Task = 'classification' | 'next-token' | 'masked-tokens' | 'multi-label' | 'regression';
