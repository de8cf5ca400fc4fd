import type { Tensor } from '@tensorflow/tfjs-core';
import type { Activation, ActivationLayer, Graph, ParamSpec, StateSpec, Tap, Tensors } from '@basinlab/tensor';
import type { Key } from '@basinlab/tensor/random';
import type { ZodType } from 'zod';

/** What an architecture is given beside its parameters and inputs. */
export interface ApplyContext {
  readonly training: boolean;
  readonly state: Tensors;
  /**
   * Training mode: what this batch shows of a running statistic, of the entry's shape (for BatchNorm the batch's mean, or its unbiased
   * variance). The network blends it into the entry by `StateSpec.momentum`. Ignored in evaluation mode.
   */
  observe(name: string, statistic: Tensor): void;
  /** Training mode: a scalar that training adds to the loss of its task, such as what unequal loads of experts cost. No evaluation counts it. Ignored in evaluation mode. */
  penalise(penalty: Tensor): void;
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
  activations(options: O): readonly ActivationLayer[];
  /** Name of the activation between layers. */
  activation(options: O): Activation;
  /** Whether `apply` has places for dropout. Default false. */
  readonly dropout?: boolean;
  /** Files of other libraries that hold models of this architecture. */
  readonly formats?: readonly WeightFormat<O>[];
  /** Other architectures that models of this one can be rewritten to. */
  readonly rewrites?: readonly Rewrite<O>[];
  /** Stacks of layers of which any number can stand, so that models of different depth can be compared. Absent: there are none. */
  stacks?(options: O): readonly LayerStack[];
  /** Names of options that say how deep and how wide a network is: models that differ in others cannot be compared. Absent: not known. */
  readonly sizes?: { readonly depth: readonly string[]; readonly width: readonly string[] };
  /** Brings a model of smaller sizes to those of another with the same function: new tensors. Absent: see `splits`. */
  widen?(params: Tensors, onto: WidenOnto): Promise<Tensors>;
  /**
   * Whether units can be split into several with the function as it is, which brings a model to more of them: nothing looks at several units of a group at once but weights that read them, along axes
   * behind their first. Or why not. Absent: they cannot.
   */
  splits?(options: O): true | { readonly never: string };
  /**
   * Options of a network as wide as one of `wide` and as deep as one of `deep`, where one model has more units and the other more layers.
   * @param layers for each layer in the stacks of `deep` that of `wide` in its place, or null
   */
  withLayersOf?(wide: O, deep: O, layers: Readonly<Record<string, string | null>>): O;
  /** `x` [batch, ...input] -> logits [batch, outputs]; for `next-token` [batch, positions, tokens]. */
  apply(options: O, params: Tensors, x: Tensor, context: ApplyContext): Tensor;
}

/** Layers one after another, some of which can be set to pass on exactly what they are given. */
export interface LayerStack {
  /** What the names of their parameters and state begin with, in order, such as `blocks.0`. What follows is the same in each, behind a dot. */
  readonly layers: readonly string[];
  /** Entries that make a layer pass on what it is given, whatever its others are, by what follows its name: all 0, or the identity matrix. Or why none does. */
  readonly identity: Readonly<Record<string, 'zeros' | 'identity'>> | { readonly never: string };
  /** Layers at the front and at the end that always stand, since they change what is passed on. Default 0. */
  readonly front?: number;
  readonly end?: number;
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
  /**
   * The way back from the other architecture, where there is one. It need not be unique: of all models that it may lead to, the one close to `onto`, another that was brought back.
   */
  back?(params: Tensors, options: O, onto?: Tensors): Promise<RewrittenBack>;
}

/** The larger model that another is brought to the sizes of. */
export interface WidenOnto {
  readonly params: Tensors;
  /** Of its network. */
  readonly specs: readonly ParamSpec[];
  /** Of its running statistics, where `params` of both hold these too. */
  readonly stateSpecs?: readonly StateSpec[];
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
  /** Condition numbers of maps that brought it close to another model, by name. */
  readonly conditions?: Readonly<Record<string, number>>;
}
