import type { Tensor } from '@tensorflow/tfjs-core';

/** A nested record or array of leaves, as JAX calls a pytree. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };
/** Tensors in nested objects and arrays. */
export type TensorTree = Tree<Tensor>;

/** The shape of a tree without its leaves; `key` is equal exactly for equal structures. */
export interface TreeStructure {
  readonly key: string;
  readonly leaves: number;
  unflatten<T>(leaves: readonly T[]): Tree<T>;
}

const isContainer = (x: unknown): x is readonly unknown[] | Record<string, unknown> =>
  Array.isArray(x) || (typeof x === 'object' && x !== null && Object.getPrototypeOf(x)?.constructor?.name === 'Object');

/** Leaves of a tree: arrays in order, records by sorted key, so that equal contents give equal order however they were built. */
export function flatten<T>(tree: Tree<T>): { leaves: T[]; structure: TreeStructure } {
  const leaves: T[] = [];
  const key = visit(tree);
  return { leaves, structure: { key, leaves: leaves.length, unflatten: (values) => rebuild(tree, values[Symbol.iterator]()) as never } };

  function visit(node: Tree<T>): string {
    if (!isContainer(node)) {
      leaves.push(node as T);
      return '*';
    }
    if (Array.isArray(node)) return `[${node.map(visit).join(',')}]`;
    const record = node as Record<string, Tree<T>>;
    return `{${Object.keys(record)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${visit(record[name]!)}`)
      .join(',')}}`;
  }
}

function rebuild(node: unknown, values: Iterator<unknown>): unknown {
  if (!isContainer(node)) return values.next().value;
  if (Array.isArray(node)) return node.map((child) => rebuild(child, values));
  const record = node as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((name) => [name, rebuild(record[name], values)]),
  );
}

/** Applies `f` to every leaf, keeping the structure. */
export function mapTree<T, U>(tree: Tree<T>, f: (leaf: T, index: number) => U): Tree<U> {
  const { leaves, structure } = flatten(tree);
  return structure.unflatten(leaves.map(f));
}
