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

/** Rows that are divided by one number: the root of how many they are. */
interface StackPart {
  /** [rows, width]. */
  readonly rows: Tensor2D;
  /** Identities [width + 1, width] below them; the last row of each is zeros. */
  readonly identities: number;
}

/**
 * Everything that reads or writes the residual stream, as rows in its coordinates [rows, width], each part divided by the root of its rows: embeddings
 * or patches, positions, class token, head; per block queries (with the identities that keys and values are in that form), what heads write, and both weights of the MLP. Biases
 * are left out. With x' = x O, the stack of the moved model is stack O. As in the code of arXiv 2506.22712. Call it inside `tf.tidy`.
 */
export function residualStack(params: Tensors, { activeTokens, layers }: StackOptions): Tensor2D {
  const parts = [...endParts(params, activeTokens), ...(layers ? layerParts(params) : [])];
  return tf.concat(
    parts.map((part) => {
      const [, width] = part.rows.shape;
      const identity = tf.eye(width + 1, width);
      const all = tf.concat([part.rows, ...Array.from({ length: part.identities }, () => identity)]);
      return tf.div(all, Math.sqrt(rowsOf(part))) as Tensor2D;
    }),
  );
}

/** Second moments of two stacks. */
export type StackMoments = {
  /** Entry (i, j): coordinate i of A with coordinate j of B; [width, width]. */
  readonly products: Tensor2D;
  /** Sums of squares of A and of B, [2]. */
  readonly squares: Tensor;
};

/** Those of the rows of embeddings and head, or of patches and class token. Inside `tf.tidy`. */
export const endMoments = (a: Tensors, b: Tensors, activeTokens?: ArrayLike<number>): StackMoments =>
  momentsOf(endParts(a, activeTokens), endParts(b, activeTokens));

/** Those of the rows of all blocks. Inside `tf.tidy` or a compiled function. */
export const layerMoments = (a: Tensors, b: Tensors): StackMoments => momentsOf(layerParts(a), layerParts(b));

/** Without the stacks themselves, which are many rows, and without the identities, whose products are known. */
function momentsOf(a: readonly StackPart[], b: readonly StackPart[]): StackMoments {
  const width = a[0]!.rows.shape[1];
  const identities = a.reduce((sum, part) => sum + part.identities / rowsOf(part), 0);
  const products = a.map((part, i) => tf.div(tf.matMul(part.rows, b[i]!.rows, true, false), rowsOf(part)));
  const squares = (parts: readonly StackPart[]): Tensor =>
    tf.add(tf.addN(parts.map((part) => tf.div(tf.sum(tf.square(part.rows)), rowsOf(part)))), identities * width);
  return {
    products: tf.add(tf.addN(products), tf.mul(tf.eye(width), identities)) as Tensor2D,
    squares: tf.stack([squares(a), squares(b)]),
  };
}

const rowsOf = ({ rows, identities }: StackPart): number => rows.shape[0] + identities * (rows.shape[1] + 1);

function endParts(params: Tensors, activeTokens?: ArrayLike<number>): StackPart[] {
  const perToken = params['tokens.weight'] === undefined || activeTokens === undefined ? [] : ['tokens.weight', 'head.weight'];
  const rows = (name: string, x: Tensor, axis: number): Tensor2D => {
    if (x.rank === 1) return tf.reshape(x, [1, -1]);
    if (axis === 0) return tf.transpose(x as Tensor2D);
    return (perToken.includes(name) ? tf.gather(x, tf.tensor1d(Int32Array.from(activeTokens!), 'int32')) : x) as Tensor2D;
  };
  return Object.entries(streamEnds).flatMap(([name, axis]) => {
    const x = params[name];
    return x === undefined || name.endsWith('.bias') ? [] : [{ rows: rows(name, x, axis), identities: 0 }];
  });
}

const layerParts = (params: Tensors): StackPart[] => blockNames(params).flatMap((block) => blockParts(params, block));

function blockParts(params: Tensors, block: string): StackPart[] {
  const [qk, ov] = [params[`${block}.attention.qk`] as Tensor3D, params[`${block}.attention.ov`] as Tensor3D];
  const [heads, augmented] = qk.shape;
  const width = augmented - 1;
  const flat = (x: Tensor): Tensor2D => tf.reshape(x, [heads * augmented, width]);
  return [
    // Keys and values: an identity for each head, with a row of zeros for the bias.
    { rows: flat(tf.transpose(tf.slice(qk, [0, 0, 0], [heads, width, augmented]), [0, 2, 1])), identities: 2 * heads },
    { rows: flat(tf.transpose(ov, [0, 2, 1])), identities: 0 },
    ...gateAndIn(params, `${block}.mlp`).map((name) => ({ rows: params[`${name}.weight`] as Tensor2D, identities: 0 })),
    { rows: tf.transpose(params[`${block}.mlp.out.weight`] as Tensor2D), identities: 0 },
  ];
}
