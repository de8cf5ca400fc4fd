import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { flatten } from '../tree.js';
import type { TensorTree } from '../tree.js';

/** The leaves of several models side by side, [leaf][model]; one entry where all share a leaf, or where it holds no floats and is the first's. */
export function mixLeaves(models: readonly TensorTree[]): Tensor[][] {
  demand(models.length > 0, 'mixture', 'at least one model', models.length);
  const parts = models.map((model) => flatten(model));
  const { key } = parts[0]!.structure;
  const other = parts.find(({ structure }) => structure.key !== key);
  demand(other === undefined, 'mixture', `models of one structure, ${key}`, other?.structure.key);
  return parts[0]!.leaves.map((first, i) => {
    const all = parts.map(({ leaves }) => leaves[i]!);
    return first.dtype !== 'float32' || all.every((leaf) => leaf === first) ? [first] : all;
  });
}

/**
 * The mixture sum_k weights[k] models[k], leaf by leaf. `weights` [models] is a tensor, so that a compiled program serves every point. See
 * {@link mixLeaves} for leaves that are not mixed.
 * @throws BasinlabError without models, or where they differ in structure
 */
export function mixTrees<M extends TensorTree>(models: readonly M[], weights: Tensor): M {
  const shares = tf.unstack(weights);
  const leaves = mixLeaves(models).map((all) => (all.length === 1 ? all[0]! : tf.addN(all.map((leaf, k) => tf.mul(shares[k]!, leaf)))));
  return flatten(models[0]!).structure.unflatten(leaves) as M;
}
