/**
 * The transforms for a backend without a compiler: run eagerly, loop and stack. Every call is one `tf.tidy`, and results are fresh
 * tensors even where the function returns an argument, so that the caller may dispose arguments and results independently, as after a
 * compiled call. Everything is made of differentiable ops: gradients flow through `jit`, `vmap`, `scan` and `map`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { flatten, mapTree } from '../tree.js';
import type { TensorTree, Tree, TreeStructure } from '../tree.js';
import { commonLength, leafAxes } from './axes.js';
import { mixTrees } from './mix.js';
import type { Jitted, JitOptions, TensorFunction, Transforms, VmapOptions } from './contract.js';

type AnyFunction = (...args: TensorTree[]) => TensorTree;

/** How many transforms are running around this point: what runs inside one keeps its arguments, which others may still need. */
let depth = 0;

/** `tf.tidy`, which walks any tree of tensors although it is typed for records. */
function tidy<T>(f: () => T): T {
  depth++;
  try {
    return tf.tidy(f as () => tf.TensorContainer) as T;
  } finally {
    depth--;
  }
}
const fresh = <T extends TensorTree>(tree: T): T => mapTree<Tensor, Tensor>(tree, (leaf) => tf.clone(leaf)) as T;

/**
 * Runs `f` as it is. Donated arguments are disposed after the call, so that a loop written for a compiler holds its memory here too; not
 * where a gradient is being taken or another transform is running.
 */
function jit<F extends TensorFunction>(f: F, options: JitOptions = {}): Jitted<F> {
  const run = f as unknown as AnyFunction;
  const call = (...args: TensorTree[]): TensorTree => {
    const result = tidy(() => fresh(run(...args)));
    const keep = depth > 0 || tf.engine().state.gradientDepth > 0;
    for (const position of keep ? [] : (options.donate ?? [])) {
      if (position < args.length) tf.dispose(args[position] as tf.TensorContainer);
    }
    return result;
  };
  const together = (calls: readonly TensorTree[][]): TensorTree[] => {
    demand(calls.length <= 1, options.name ?? 'jit', 'at most 1 call at the same time, one per device', calls.length);
    return calls.map((args) => call(...args));
  };
  return Object.assign(call, { together, dispose: () => undefined, programs: 0 }) as unknown as Jitted<F>;
}

function vmap<F extends TensorFunction>(f: F, options: VmapOptions = {}): F {
  const run = f as unknown as AnyFunction;
  const call = (...args: TensorTree[]): TensorTree => {
    const parts = args.map((arg) => flatten(arg));
    const axes = args.map((arg, i) => leafAxes('vmap', options.inAxes?.[i] === undefined ? 0 : options.inAxes[i], arg));
    const flatLeaves = parts.flatMap((part) => part.leaves);
    const length = commonLength('vmap', flatLeaves, axes.flat());
    demand(length !== null, 'vmap', 'at least one mapped argument', options.inAxes ?? 'no tensor');
    return mapped(length, flatLeaves, axes.flat(), (leaves) => {
      let from = 0;
      return run(...parts.map((part) => part.structure.unflatten(leaves.slice(from, (from += part.leaves.length)))));
    });
  };
  return call as unknown as F;
}

function map<X extends TensorTree, Y extends TensorTree>(f: (x: X) => Y, xs: X): Y {
  const { leaves, structure } = flatten<Tensor>(xs);
  const axes = leafAxes('map', 0, xs);
  const length = commonLength('map', leaves, axes);
  demand(length !== null, 'map', 'at least one tensor to map over', 'none');
  return mapped(length, leaves, axes, (example) => f(structure.unflatten(example) as X)) as Y;
}

/** Calls `f` with each example and stacks the results along a new first axis. */
function mapped(
  length: number,
  leaves: readonly Tensor[],
  axes: readonly (number | null)[],
  f: (example: Tensor[]) => TensorTree,
): TensorTree {
  return tidy(() => {
    if (length === 0) return noExamples(leaves, axes, f);
    const slices = leaves.map((leaf, i) => (axes[i] === null ? null : tf.unstack(leaf, axes[i])));
    const results: TensorTree[] = [];
    for (let at = 0; at < length; at++) {
      results.push(tidy(() => fresh(f(leaves.map((leaf, i) => slices[i]?.[at] ?? leaf)))));
    }
    return stackTrees(results);
  });
}

/** No example: one run on zeros tells the structure, shapes and dtypes of the (empty) result. */
function noExamples(leaves: readonly Tensor[], axes: readonly (number | null)[], f: (example: Tensor[]) => TensorTree): TensorTree {
  const example = leaves.map((leaf, i) => (axes[i] === null ? leaf : tf.zeros(leaf.shape.toSpliced(axes[i]!, 1), leaf.dtype)));
  return mapTree<Tensor, Tensor>(f(example), (leaf) => tf.zeros([0, ...leaf.shape], leaf.dtype));
}

function stackTrees(trees: readonly TensorTree[]): TensorTree {
  const parts = trees.map((tree) => flatten<Tensor>(tree));
  const { structure } = parts[0]!;
  return structure.unflatten(Array.from({ length: structure.leaves }, (_, i) => stack(parts.map((part) => part.leaves[i]!))));
}

function stack(tensors: Tensor[]): Tensor {
  const stacked = tf.stack(tensors);
  return stacked.dtype === tensors[0]!.dtype ? stacked : tf.cast(stacked, tensors[0]!.dtype);
}

function scan<C extends TensorTree, X extends TensorTree, Y extends TensorTree>(
  f: (carry: C, x: X) => [C, Y],
  init: C,
  xs: X,
  length?: number,
): [C, Y] {
  const { leaves, structure } = flatten<Tensor>(xs);
  const axes = leafAxes('scan', 0, xs);
  const steps = commonLength('scan', leaves, axes) ?? length;
  demand(steps !== undefined, 'scan', 'a length where xs has no tensor', 'none');
  demand(length === undefined || length === steps, 'scan', `length equal to the leading axis of xs (${steps})`, length);
  return tidy((): [C, Y] => {
    if (steps === 0) return [fresh(init), noExamples(leaves, axes, (x) => f(init, structure.unflatten(x) as X)[1]) as Y];
    const slices = leaves.map((leaf) => tf.unstack(leaf));
    const ys: TensorTree[] = [];
    let carry = init;
    for (let at = 0; at < steps; at++) {
      const next = tidy(() => fresh(f(carry, structure.unflatten(slices.map((slice) => slice[at]!)) as X)));
      demandSame('scan', carry, next[0]);
      if (carry !== init) tf.dispose(carry as tf.TensorContainer);
      carry = next[0];
      ys.push(next[1]);
    }
    return [carry, stackTrees(ys) as Y];
  });
}

function whileLoop<C extends TensorTree>(condition: (carry: C) => Tensor, body: (carry: C) => C, init: C): C {
  return tidy(() => {
    let carry = fresh(init);
    while (tidy(() => condition(carry)).dataSync()[0]) {
      const next = tidy(() => fresh(body(carry)));
      demandSame('whileLoop', carry, next);
      tf.dispose(carry as tf.TensorContainer);
      carry = next;
    }
    return carry;
  });
}

/** A compiled loop has one type for its carry; refusing a change here keeps code that runs on this backend runnable on that one. */
function demandSame(id: string, before: TensorTree, after: TensorTree): void {
  const [expected, got] = [describe(before), describe(after)];
  demand(got === expected, id, `a carry that keeps its structure, shapes and dtypes (${expected})`, got);
}

function describe(tree: TensorTree): string {
  const { leaves, structure }: { leaves: Tensor[]; structure: TreeStructure } = flatten<Tensor>(tree as Tree<Tensor>);
  return `${structure.key} ${leaves.map((leaf) => `${leaf.dtype}[${leaf.shape.join(',')}]`).join(' ')}`;
}

function mixtures<M extends TensorTree, A extends readonly TensorTree[], Y extends TensorTree>(
  f: (model: M, ...args: A) => Y,
  models: readonly M[],
): (weights: Tensor, ...args: A) => Y {
  return (weights, ...args) => tidy(() => fresh(f(mixTrees(models, weights), ...args)));
}

/** See {@link Transforms}. `whileLoop` reads its condition synchronously, which WebGPU does not offer. */
export const plain: Transforms = { jit, deviceCount: () => 1, vmap, scan, whileLoop, map, mixtures };
