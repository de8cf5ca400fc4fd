import { BasinlabError, flatten } from '@basinlab/tensor';
import type { TensorTree, Tree, TreeStructure } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { showType } from '../hlo/index.js';
import type { TensorType } from '../hlo/index.js';

/** A function of trees of tensors, without the types of its arguments. */
export type AnyFunction = (...args: TensorTree[]) => TensorTree;

/** Leaves of a tree; refuses what is not a tensor. */
export function tensorLeaves(id: string, tree: unknown): { leaves: Tensor[]; structure: TreeStructure } {
  const parts = flatten<unknown>(tree as Tree<unknown>);
  for (const leaf of parts.leaves) {
    if (leaf instanceof tf.Tensor) continue;
    const got = leaf instanceof Promise ? 'a promise' : typeof leaf === 'object' ? Object.prototype.toString.call(leaf) : leaf;
    throw new BasinlabError(id, 'records and arrays of tensors', got, {
      remedy: 'Wrap numbers in tf.scalar, or name the argument in staticArguments',
    });
  }
  return parts as { leaves: Tensor[]; structure: TreeStructure };
}

/** Arguments as one list of leaves, and the way back. */
export function flattenArguments(
  id: string,
  args: readonly unknown[],
): { leaves: Tensor[]; counts: number[]; key: string; rebuild: (leaves: readonly Tensor[]) => TensorTree[] } {
  const parts = args.map((arg) => tensorLeaves(id, arg));
  const rebuild = (leaves: readonly Tensor[]) => {
    let from = 0;
    return parts.map(({ structure }) => structure.unflatten(leaves.slice(from, (from += structure.leaves))));
  };
  return {
    leaves: parts.flatMap((part) => part.leaves),
    counts: parts.map((part) => part.leaves.length),
    key: parts.map((part) => part.structure.key).join(),
    rebuild,
  };
}

export const typeOf = (tensor: Tensor): TensorType => ({ shape: tensor.shape, dtype: tensor.dtype as TensorType['dtype'] });

export const describe = (tensors: readonly TensorType[]): string => tensors.map(showType).join(' ');

export const isFloat = (tensor: { dtype: string }): boolean => tensor.dtype === 'float32';
