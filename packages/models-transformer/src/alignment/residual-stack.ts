import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import { blockNames, gateAndIn } from '../architectures/parameter-names.js';
import { streamEnds } from '../architectures/stream-ends.js';

/** Which rows of the residual stream's stack there are. */
export interface StackOptions {
  /** Tokens whose rows count, int32 ascending. Default: all. */
  readonly activeTokens?: ArrayLike<number> | undefined;
  /** Whether the layers count, or embeddings and head alone. */
  readonly layers: boolean;
}

/**
 * Everything that reads or writes the residual stream, as rows in its coordinates [rows, width], each part divided by the root of its rows: embeddings
 * or patches, positions, class token, head; per block queries (with the identities that keys and values are in that form), what heads write, and both weights of the MLP. Biases
 * are left out. With x' = x O, the stack of the moved model is stack O. As in the code of arXiv 2506.22712. Call it inside `tf.tidy`.
 */
export function residualStack(params: Tensors, { activeTokens, layers }: StackOptions): Tensor2D {
  const perToken = params['tokens.weight'] === undefined || activeTokens === undefined ? [] : ['tokens.weight', 'head.weight'];
  const rows = (name: string, x: Tensor, axis: number): Tensor2D => {
    if (x.rank === 1) return tf.reshape(x, [1, -1]);
    if (axis === 0) return tf.transpose(x as Tensor2D);
    return (perToken.includes(name) ? tf.gather(x, tf.tensor1d(Int32Array.from(activeTokens!), 'int32')) : x) as Tensor2D;
  };
  const parts = Object.entries(streamEnds).flatMap(([name, axis]) => {
    const x = params[name];
    return x === undefined || name.endsWith('.bias') ? [] : [rows(name, x, axis)];
  });
  if (layers) for (const block of blockNames(params)) parts.push(...blockRows(params, block));
  return tf.concat(parts.map((part) => tf.div(part, Math.sqrt(part.shape[0])) as Tensor2D));
}

function blockRows(params: Tensors, block: string): Tensor2D[] {
  const [qk, ov] = [params[`${block}.attention.qk`] as Tensor3D, params[`${block}.attention.ov`] as Tensor3D];
  const [heads, augmented] = qk.shape;
  const width = augmented - 1;
  const flat = (x: Tensor): Tensor2D => tf.reshape(x, [heads * augmented, width]);
  const queries = flat(tf.transpose(tf.slice(qk, [0, 0, 0], [heads, width, augmented]), [0, 2, 1]));
  // One row per coordinate and a row of zeros for the bias, once per head.
  const identity = flat(tf.tile(tf.reshape(tf.eye(augmented, width), [1, augmented, width]), [heads, 1, 1]));
  return [
    tf.concat([queries, identity, identity]),
    flat(tf.transpose(ov, [0, 2, 1])),
    ...gateAndIn(params, `${block}.mlp`).map((name) => params[`${name}.weight`] as Tensor2D),
    tf.transpose(params[`${block}.mlp.out.weight`] as Tensor2D),
  ];
}
