import type { Tensor } from '@tensorflow/tfjs-core';
import type { Initializer, ParamSpec } from '@basinlab/tensor';
import type { Key } from '@basinlab/tensor/random';
import type { ZodType } from 'zod';

/** Where a parameter stands among the weights of its network. */
export interface WeightPosition {
  /** Which weight it is, from 0; -1 for what is no weight. */
  readonly layer: number;
  /** How many weights there are. */
  readonly layers: number;
  /** Names of all weights, in order. */
  readonly weights: readonly string[];
}

/** What a symmetry breaking is to be applied to. */
export interface BreakingTarget {
  readonly architecture: string;
  readonly params: readonly ParamSpec[];
  /** How many layers have an activation. */
  readonly activations: number;
}

/**
 * Breaks the exchange symmetry of neurons by constants that training does not touch: effective weight = shift + scale * trainable
 * (arXiv 2606.04754: a layer is eta((F + D*W)x); `shift` is F, `scale` is D).
 */
export interface SymmetryBreaking<O = unknown> {
  readonly id: string;
  readonly summary: string;
  readonly options: ZodType<O>;
  /**
   * Constants of one parameter, each of the parameter's shape; null leaves it free. Drawn from `key`, which already belongs to this parameter.
   */
  constants(spec: ParamSpec, options: O, key: Key, position: WeightPosition): { scale?: Tensor; shift?: Tensor } | null;
  /** Throws a usage error for a network that has nothing this breaking could act on. Absent: it acts on any. */
  check?(network: BreakingTarget, options: O): void;
  /** Replaces a parameter's initialiser, for example where training starts from a wider distribution. */
  init?(spec: ParamSpec, options: O): Initializer;
  /** Replaces the architecture's activation: constants drawn per layer (per nest, where its units lie in nests), and the function of them. */
  activation?: {
    constants(units: number, options: O, key: Key): Tensor;
    /** `x` [batch, units], `constant` as drawn -> [batch, units]. */
    apply(x: Tensor, constant: Tensor): Tensor;
  };
}
