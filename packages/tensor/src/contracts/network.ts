import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../random/key.js';
import type { Graph } from './data.js';
import type { ActivationLayer, ParamSpec, StateSpec, Tap, Tensors, Variables } from './model.js';

/** How a network is applied: mode, graph, taps. */
export interface ApplyOptions {
  readonly training?: boolean;
  /** What becomes of running statistics in training mode: `blend` them (the default), or let the state returned hold this batch's alone. */
  readonly statistics?: 'blend' | 'batch';
  readonly tap?: Tap;
  /** Training mode: share of entries that are left out where the architecture has places for it, and the key that draws them, int32 [2]. */
  readonly dropout?: { readonly rate: number; readonly key: Tensor };
  /** Needed where the inputs are nodes. */
  readonly graph?: Graph;
}

/**
 * An architecture with a symmetry breaking applied: what training, alignment and metrics work on. Pure: every method maps records of
 * tensors to records of tensors, so that all of it runs under `jit` and `vmap`.
 */
export interface Network {
  readonly architecture: string;
  readonly breaking: string;
  /** What a batch holds; see `Architecture.input`. */
  readonly input: 'samples' | 'nodes';
  readonly params: readonly ParamSpec[];
  readonly state: readonly StateSpec[];
  /** Whether entries can be dropped; see `Architecture.dropout`. */
  readonly dropout: boolean;
  /** Layers that carry an activation, in order. */
  readonly activations: readonly ActivationLayer[];
  /**
   * Fresh variables. Parameters come from `initKey` (one per model), constants from `constantsKey` (shared by all models of a run), or they are
   * those of `given`, when an earlier call has drawn them from the same key.
   */
  init(keys: { initKey: Key; constantsKey: Key }, given?: Pick<Variables, 'constants'>): Variables;
  /** What the architecture sees: shift + scale * trainable for every parameter. */
  effective(variables: Pick<Variables, 'params' | 'constants'>): Tensors;
  /**
   * `x` [batch, ...input] -> logits [batch, outputs] and the state after the step (unchanged in evaluation mode); in training mode, where the architecture has some, the sum of what comes to
   * the loss, a scalar.
   */
  apply(variables: Variables, x: Tensor, options?: ApplyOptions): { logits: Tensor; state: Tensors; penalty?: Tensor };
  /** The same function as a network whose effective weights are plain parameters: constants absorbed, each layer with its own. */
  readonly standard: Network;
  toStandard(variables: Variables): Variables;
}
