import type { Graph, Value } from './graph.js';
import type { TensorType } from './types.js';

/** A value of the unbatched graph as it became: `mapped` ones have a new leading axis. */
export interface Batched {
  readonly value: Value;
  readonly mapped: boolean;
}

/** What a batching rule works with: the node, its inputs as they became, and the graph the new nodes go to. */
export interface BatchCall<A> {
  readonly graph: Graph;
  /** Size of the new axis. */
  readonly size: number;
  readonly attrs: A;
  readonly regions: readonly Graph[];
  /** At least one is mapped, or the op has regions of its own to replay (`while`). */
  readonly inputs: readonly Batched[];
  /** Types of the inputs and results before batching. */
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
  /** Input `index` with the new axis, repeated along it if it was not mapped. */
  lift(index: number): Value;
  /** All inputs lifted. */
  lifted(): Value[];
  /** Any value lifted, with the nodes that takes in a region under construction. */
  liftInto(region: Graph, value: Batched): Value;
  /** Appends this op again; the results count as mapped. Attributes and regions default to the node's. */
  emit(inputs: readonly Value[], attrs?: A, regions?: readonly Graph[]): Batched[];
  /** Replays the nodes of one of the node's regions into `target`, a region under construction. */
  replayInto(target: Graph, region: Graph, inputs: readonly Batched[]): Batched[];
}

/**
 * One row of the op table: everything that is known about an op. `infer` gives the result types or throws; `text` is the attribute
 * dictionary of the generic MLIR form; `batch` says what becomes of the op when some inputs get a new leading axis.
 */
export interface Op<A = unknown> {
  readonly name: string;
  readonly dialect?: 'stablehlo' | 'chlo';
  infer(inputs: readonly TensorType[], attrs: A, regions: readonly Graph[]): TensorType[];
  text?(attrs: A, inputs: readonly TensorType[], outputs: readonly TensorType[]): string;
  batch(call: BatchCall<A>): Batched[];
  /**
   * Whether the results are affine in the marked inputs together while the others are fixed: f(sum_k w_k x_k) = sum_k w_k f(x_k) for weights w that add
   * up to 1. Absent: never, as far as is known.
   */
  affine?(marked: readonly boolean[], attrs: A, regions: readonly Graph[]): boolean;
  /** Multiplications behind one entry of the result, where there are many. */
  products?(inputs: readonly TensorType[], attrs: A): number;
}

/** Keeps the attribute type of a row while it joins a table. */
export const defineOp = <A = null>(op: Op<A>): Op<A> => op;

/** Affine in all inputs together: sums, and whatever only moves entries. */
export const jointly = (): boolean => true;
/** Affine in each input as long as the others are fixed: products. */
export const oneAtATime = (marked: readonly boolean[]): boolean => marked.filter(Boolean).length === 1;
/** Affine in the first inputs, as many as `count`. */
export const inFirst =
  (count = 1) =>
  (marked: readonly boolean[]): boolean =>
    marked.indexOf(true, count) === -1;

/** Batching rule of ops that work element by element: every input gets the new axis. */
export const pointwise = <A>(call: BatchCall<A>): Batched[] => call.emit(call.lifted());

export const mapped = (...values: readonly Value[]): Batched[] => values.map((value) => ({ value, mapped: true }));
