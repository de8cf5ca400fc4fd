import type { Key } from '../random/key.js';
import type { ParamSpec, StateSpec, Tensors } from './architecture.js';
import type { ActivationBatch } from './activation-batch.js';
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
  /** Paired activations on the same inputs, for strategies that need data. */
  readonly activations?: { readonly a: readonly ActivationBatch[]; readonly b: readonly ActivationBatch[] };
  readonly signal?: AbortSignal;
}

/** Finds the group elements that bring `b` onto `a`; acts on any architecture through the axes of its specs. */
export interface RebasinStrategy {
  readonly id: string;
  readonly summary: string;
  readonly needs: 'weights' | 'activations';
  align(a: AlignmentSide, b: AlignmentSide, context: AlignmentContext): Promise<SymmetryTransform>;
}
