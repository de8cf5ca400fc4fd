import type { Tensor } from '@tensorflow/tfjs-core';
import type { AxisSymmetry, GroupAxis } from './symmetry.js';

/** Tensors by name. */
export type Tensors = Record<string, Tensor>;

/** How a parameter starts. `fanIn` scales are `1/sqrt(fanIn)`: see `initialize`. */
export type Initializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  /** N(0, deviation^2) */
  | { readonly kind: 'normal'; readonly deviation: number }
  /** U(-bound, bound) */
  | { readonly kind: 'uniform'; readonly bound: number };

/** One tensor of a network: its name, its shape, how it starts and which symmetry group acts on each of its axes. */
export interface ParamSpec {
  /** Dotted path, for example `layers.0.linear.weight`. Random keys derive from it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initializer;
  readonly role: 'weight' | 'bias' | 'norm' | 'embedding';
  /** One entry per axis; null where no group acts (inputs, outputs, kernel taps). */
  readonly axes: readonly (AxisSymmetry | null)[];
  /** Number of inputs that feed one output unit; what initial scales and masks refer to. Weights only. */
  readonly fanIn?: number;
}

/** Where in a layer an activation is recorded. */
export type Site = 'input' | 'post-linear' | 'post-norm' | 'post-activation';
/** Called by `apply` for every activation that a metric may want, [batch, ...positions, units]; `group` names the symmetry group of the last axis. */
export type Tap = (at: { layer: string; site: Site; group: string | null }, value: Tensor) => void;

/** Everything a network's function depends on. All records are keyed by spec name. */
export interface Variables {
  /** What the optimiser moves. Raw entries: under W asymmetry the fixed ones are present but without effect. */
  readonly params: Tensors;
  /** Drawn once per run and shared by its models: masks, fixed weights, gates. Never trained. */
  readonly constants: Tensors;
  /** Running statistics and values frozen at initialisation; changed by training-mode `apply` only. */
  readonly state: Tensors;
}

/** Activation functions that architectures may name. */
export type Activation = 'relu' | 'gelu' | 'gelu-tanh' | 'silu' | 'identity';

/** A layer that carries an activation, where a symmetry breaking may replace it. */
export interface ActivationLayer {
  readonly layer: string;
  readonly units: number;
  /** The axis of its units. */
  readonly axis: GroupAxis;
}

/** A running statistic: an entry that batches change and gradients do not. */
export interface StateSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly axes: readonly (AxisSymmetry | null)[];
  /**
   * `number`: the start value. `initialVariance`: computed from the named weight's scale and shift, then frozen (linear norm proxies);
   * `pooled` where the norm uses nothing but its mean over the units.
   */
  readonly init: number | { readonly kind: 'initialVariance'; readonly weight: string; readonly pooled?: boolean };
  /** Running statistics: the share of a batch's observation in the new value, in (0, 1]. Absent: the entry never changes. */
  readonly momentum?: number;
}
