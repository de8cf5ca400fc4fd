import type { Key } from '../random/key.js';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ZodType } from 'zod';
import type { Graph } from './dataset.js';
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

/** What an architecture is given beside its parameters and inputs. */
export interface ApplyContext {
  readonly training: boolean;
  readonly state: Tensors;
  /**
   * Training mode: what this batch shows of a running statistic, of the entry's shape (for BatchNorm the batch's mean, or its unbiased
   * variance). The network blends it into the entry by `StateSpec.momentum`. Ignored in evaluation mode.
   */
  observe(name: string, statistic: Tensor): void;
  /** `x` with some entries 0 and the others larger by as much in training with dropout, `x` itself otherwise. Places have names of their own. */
  dropout(place: string, x: Tensor): Tensor;
  /** The activation of a layer; a symmetry breaking may have replaced it (sigma). */
  activate(layer: string, x: Tensor): Tensor;
  readonly tap: Tap;
  /** The graph whose nodes the inputs are; given to architectures with `input: 'nodes'`. */
  readonly graph?: Graph;
}

/**
 * A family of networks as a pure function of named parameters. `apply` sees effective weights: it knows nothing of masks, noise or
 * populations, which other pieces add around it.
 */
export interface Architecture<O = unknown> {
  readonly id: string;
  readonly summary: string;
  readonly options: ZodType<O>;
  /** What a batch holds: samples (the default), or indices of nodes of `ApplyContext.graph`, int32 [batch]. */
  readonly input?: 'samples' | 'nodes';
  params(options: O): readonly ParamSpec[];
  /** Running statistics and the like. `frozen(effective, constants)` computes entries that are fixed at initialisation. */
  state?(options: O): readonly StateSpec[];
  /** Layers that carry an activation, in order, with their width: where a symmetry breaking may replace it. */
  activations(options: O): readonly { layer: string; units: number; axis: GroupAxis }[];
  /** Name of the activation between layers. */
  activation(options: O): Activation;
  /** Whether `apply` has places for dropout. Default false. */
  readonly dropout?: boolean;
  /** Files of other libraries that hold models of this architecture. */
  readonly formats?: readonly WeightFormat<O>[];
  /** Other architectures that models of this one can be rewritten to. */
  readonly rewrites?: readonly Rewrite<O>[];
  /** Brings a model of smaller sizes to those of another with the same function: new tensors. Absent: only models of one size can be compared. */
  widen?(params: Tensors, onto: WidenOnto): Promise<Tensors>;
  /** `x` [batch, ...input] -> logits [batch, outputs]; for `next-token` [batch, positions, tokens]. */
  apply(options: O, params: Tensors, x: Tensor, context: ApplyContext): Tensor;
}

/** How another library keeps models of an architecture: weights under its own names, and settings beside them. */
export interface WeightFormat<O = unknown> {
  /** Name of the library, for `basinlab export --format`. */
  readonly id: string;
  /** What the library calls the model, `model_type` in its settings. */
  readonly model: string;
  /** New tensors under the library's names, from the effective parameters of a standard network. */
  write(params: Tensors, options: O): Tensors;
  /**
   * New tensors under our names.
   * @throws BasinlabError for a tensor that is missing, or that the architecture does not have
   */
  read(tensors: Tensors, options: O): Tensors;
  /** What the library reads beside the weights: a JSON file `config.json`. */
  settings(options: O): object;
  /**
   * Options of the architecture from that file.
   * @throws BasinlabError for settings of another architecture
   */
  options(settings: Readonly<Record<string, unknown>>): object;
}

/** Turns a model into one of another architecture with the same function, for the symmetries that it has there. */
export interface Rewrite<O = unknown> {
  readonly to: Architecture;
  /** Options of the other architecture. */
  options(options: O): object;
  /** New tensors under its names from the effective parameters of a standard network. */
  params(params: Tensors, options: O): Promise<Tensors>;
  /** The way back from the other architecture, where there is one. */
  back?(params: Tensors, options: O): Promise<RewrittenBack>;
}

/** The larger model that another is brought to the sizes of. */
export interface WidenOnto {
  readonly params: Tensors;
  /** Of its network. */
  readonly specs: readonly ParamSpec[];
  /** For what is drawn at random. */
  readonly key: Key;
}

/** A model that was rewritten to another form and brought back. */
export interface RewrittenBack {
  /** New tensors of the first architecture. */
  readonly params: Tensors;
  /** Options of it that are others than before, for example that the head has weights of its own. */
  readonly options: object;
  /** What was lost on the way back, by name, as shares: 0 but for rounding for a model that its symmetry has moved only. */
  readonly lost: Readonly<Record<string, number>>;
}

/** Activation functions that architectures may name. */
export type Activation = 'relu' | 'gelu' | 'gelu-tanh' | 'silu' | 'identity';

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
