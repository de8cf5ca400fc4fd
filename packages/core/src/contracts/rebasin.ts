import type { Tensor } from '@tensorflow/tfjs-core';
import type { ActivationBatch, Graph, Network, ParamSpec, Site, StateSpec, SymmetryTransform, Task, Tensors } from '@basinlab/tensor';
import type { Key } from '@basinlab/tensor/random';
import type { Observable } from 'rxjs';
import type { ZodType } from 'zod';

/** A model to be aligned: effective parameters of a standard network with their specs. */
export interface AlignmentSide {
  readonly params: Tensors;
  readonly state?: Tensors;
}

/** What every strategy is given beside the two models. */
export interface AlignmentContext {
  readonly specs: readonly ParamSpec[];
  readonly stateSpecs?: readonly StateSpec[];
  /** For what it draws at random. */
  readonly key: Key;
  readonly signal?: AbortSignal;
  /** Tells how far a long alignment is. */
  progress?(done: number, total: number): void;
}

/** For strategies that look at activations. */
export interface ActivationAlignmentContext extends AlignmentContext {
  /**
   * Activations of both on the same inputs, batch by batch: columns whose `field.model` is `a` or `b`. Subscribe once and at once; tensors are gone
   * when the batch has been used up.
   */
  readonly activations: Observable<ActivationBatch>;
}

/** For strategies that look at a loss. */
export interface LossAlignmentContext extends AlignmentContext {
  /** The network that both are models of, in standard form. */
  readonly network: Network;
  readonly data: AlignmentData;
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

interface StrategyBase {
  readonly id: string;
  readonly summary: string;
  /** Settings a user may change, and the strategy with them. Absent: it has none. */
  readonly settings?: { readonly schema: ZodType; configure(settings: unknown): RebasinStrategy };
}

/** Looks at weights alone. */
export interface WeightRebasinStrategy extends StrategyBase {
  readonly needs: 'weights';
  align(a: AlignmentSide, b: AlignmentSide, context: AlignmentContext): Promise<SymmetryTransform>;
  /**
   * Brings several models to the first at once, so that any two of them come close: a transform for each, the first's of no effect. Absent: each is aligned to the
   * first by itself.
   */
  alignMany?(models: readonly AlignmentSide[], context: AlignmentContext): Promise<readonly SymmetryTransform[]>;
}

/** Compares what units do on the same inputs. */
export interface ActivationRebasinStrategy extends StrategyBase {
  readonly needs: 'activations';
  /** Sites of the activations it compares. Default `post-activation`. */
  readonly sites?: readonly Site[];
  align(a: AlignmentSide, b: AlignmentSide, context: ActivationAlignmentContext): Promise<SymmetryTransform>;
}

/** Descends on a loss. */
export interface LossRebasinStrategy extends StrategyBase {
  readonly needs: 'loss';
  align(a: AlignmentSide, b: AlignmentSide, context: LossAlignmentContext): Promise<SymmetryTransform>;
  /** As that of {@link WeightRebasinStrategy}. */
  alignMany?(models: readonly AlignmentSide[], context: LossAlignmentContext): Promise<readonly SymmetryTransform[]>;
}

/** Finds the group elements that bring `b` onto `a`; acts on any architecture through the axes of its specs. */
export type RebasinStrategy = WeightRebasinStrategy | ActivationRebasinStrategy | LossRebasinStrategy;
