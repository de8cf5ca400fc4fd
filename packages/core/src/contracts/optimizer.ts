import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/tensor';
import type { ZodType } from 'zod';

/** State of an optimiser: named slots, each a record keyed by parameter name (for Adam `m` and `v`), of the parameters' shapes; a slot may hold some of them only. */
export type OptimizerState = Record<string, Tensors>;

/** One update rule as a pure function, so that it runs inside a compiled loop. */
export interface Optimizer<O = unknown> {
  readonly id: string;
  readonly options: ZodType<O>;
  /** Slots that hold squares of gradients, or means of them: what moves parameters moves these by its squared entries. */
  readonly squares?: readonly string[];
  init(options: O, params: Tensors): OptimizerState;
  /** `step` counts from 1 (float32 scalar), `learningRate` is a scalar tensor. */
  update(
    options: O,
    at: { step: Scalar | Tensor; learningRate: Scalar | Tensor },
    params: Tensors,
    gradients: Tensors,
    state: OptimizerState,
  ): { params: Tensors; state: OptimizerState };
}

/** Learning rate as a function of progress, evaluated inside the compiled loop. */
export interface Schedule<O = unknown> {
  readonly id: string;
  readonly options: ZodType<O>;
  /** Factor on the base rate. `epoch` and `step` count from 0 (float32 scalars). */
  factor(options: O, at: { epoch: Scalar | Tensor; step: Scalar | Tensor }): Tensor;
}
