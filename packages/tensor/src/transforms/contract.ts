import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorTree, Tree } from '../tree.js';

/**
 * A pure function from nested records/arrays of tensors to the same. Plain numbers, strings and booleans among the arguments must be
 * named as static (`JitOptions.staticArguments`). It must not read tensor values (`dataSync`): under `jit` there are none yet.
 */
// Arguments are contravariant: `never[]` is what lets every concrete signature be passed.
export type TensorFunction = (...args: never[]) => TensorTree;

/** Name of a compiled program, arguments it takes the memory of, and those it is compiled anew for. */
export interface JitOptions {
  /** Positions of arguments that are plain values: a new value compiles a new program. */
  staticArguments?: readonly number[];
  /** Positions of arguments whose device memory the outputs may take over; their tensors must not be used after the call. */
  donate?: readonly number[];
  /** A name for logs, errors and the compiled program. */
  name?: string;
}

/** Arguments of a function that is passed to a transform. */
export type CallOf<F> = F extends (...args: infer A) => unknown ? A : never;
/** Result of a function that is passed to a transform. */
export type ResultOf<F> = F extends (...args: never[]) => infer R ? R : never;

/** The compiled function. Calling it returns at once where the engine is asynchronous: read results with `await tensor.data()`. */
export type Jitted<F> = F & {
  /**
   * Several calls at the same time, the i-th on device i, with the results of calls one after the other. What a call returns stays on its device;
   * tensors may come from any, and come faster from the own one.
   * @throws BasinlabError for more calls than `deviceCount()`
   */
  together(calls: readonly CallOf<F>[]): ResultOf<F>[];
  /** Releases compiled programs and captured tensors. */
  dispose(): void;
  /** Number of programs compiled so far (one per distinct argument structure, shapes, dtypes and static values). */
  readonly programs: number;
};

/** Which arguments have a leading axis. */
export interface VmapOptions {
  /** Per argument the mapped axis, or null for an argument shared by all; a tree gives it per leaf. Default: 0 for every argument. */
  inAxes?: readonly Tree<number | null>[];
}

/**
 * Function transforms, after JAX. An engine that compiles (`xla`) registers its own; every other tfjs backend gets the plain versions,
 * which run eagerly, loop and stack. Model and metric code imports the dispatching functions and so runs on all of them.
 */
export interface Transforms {
  jit<F extends TensorFunction>(f: F, options?: JitOptions): Jitted<F>;
  /** Maps `f`, written for one example, over a leading axis of its arguments. Outputs get the new axis first. Gradients inside `f` are allowed. */
  vmap<F extends TensorFunction>(f: F, options?: VmapOptions): F;
  /** On how many devices functions compiled by `jit` can run at the same time: 1 where there is no choice. */
  deviceCount(): number;
  /** `(carry, x) => [carry, y]` over the leading axis of `xs`; returns `[carry, stacked ys]`. `length` is needed only where `xs` has no leaf. */
  scan<C extends TensorTree, X extends TensorTree, Y extends TensorTree>(
    f: (carry: C, x: X) => [C, Y],
    init: C,
    xs: X,
    length?: number,
  ): [C, Y];
  /** Runs `body` while `condition` (a bool scalar) holds. Shapes and dtypes of the carry are fixed. Not differentiable. */
  whileLoop<C extends TensorTree>(condition: (carry: C) => Tensor, body: (carry: C) => C, init: C): C;
  /** Like `vmap(f)(xs)` for one argument, one example at a time: less memory, and on a CPU often faster. */
  map<X extends TensorTree, Y extends TensorTree>(f: (x: X) => Y, xs: X): Y;
  /**
   * `f` at mixtures of models: (weights, ...args) => f(sum_k weights[k] models[k], ...args). `weights` [models] is a tensor and must add up to 1; leaves
   * that are one tensor in all models, or no floats, are those of the first. Within a compiled function what `f` does affinely to the models before
   * anything else (the first linear layer of a network) is done once for each of them, where `mixtures` is called, and only its results are
   * mixed: exact but for rounding. Worth it for more weights than models.
   */
  mixtures<M extends TensorTree, A extends readonly TensorTree[], Y extends TensorTree>(
    f: (model: M, ...args: A) => Y,
    models: readonly M[],
  ): (weights: Tensor, ...args: A) => Y;
}
