import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../random/key.js';
import type { ParamSpec, Site, StateSpec, Tensors } from './architecture.js';
import type { ActivationBatch } from './activation-batch.js';
import type { Graph, Task } from './dataset.js';
import type { Network } from './network.js';
import type { SymmetryTransform } from './symmetry.js';

/** A model to be aligned: effective parameters of a standard network with their specs. */
export interface AlignmentSide {
  readonly params: Tensors;
  readonly state?: Tensors;
}

export interface AlignmentContext {
  readonly specs: readonly ParamSpec[];
  readonly stateSpecs?: readonly StateSpec[];
  readonly key: Key;
  /**
   * Paired activations on the same inputs, for strategies that need data: to be gone through once, a batch of both at a time, whose tensors
   * may be gone when the next is asked for.
   */
  readonly activations?: { readonly a: Iterable<ActivationBatch>; readonly b: Iterable<ActivationBatch> };
  /** The network that both are models of, in standard form, and examples, for strategies that need its loss. */
  readonly network?: Network;
  readonly data?: AlignmentData;
  readonly signal?: AbortSignal;
}

/** Examples on which a loss is taken. */
export interface AlignmentData {
  /** Samples [rows, ...features], or nodes [rows] int32 of `graph`. */
  readonly inputs: Tensor;
  /** As in `Split`. */
  readonly labels: Tensor;
  /** Default `classification`. */
  readonly task?: Task | undefined;
  readonly graph?: Graph | undefined;
}

/** Finds the group elements that bring `b` onto `a`; acts on any architecture through the axes of its specs. */
export interface RebasinStrategy {
  readonly id: string;
  readonly summary: string;
  /** What it needs besides weights: `activations` of both, or `loss`, the network and examples. */
  readonly needs: 'weights' | 'activations' | 'loss';
  /** Sites of the activations it needs. Default `post-activation`. */
  readonly sites?: readonly Site[];
  align(a: AlignmentSide, b: AlignmentSide, context: AlignmentContext): Promise<SymmetryTransform>;
}
