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
  /** The rows as columns, [width, rows]: as they lie in most weights. */
  readonly columns: Tensor2D;
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
      const [width] = part.columns.shape;
      const identity = tf.eye(width + 1, width);
      const all = tf.concat([tf.transpose(part.columns), ...Array.from({ length: part.identities }, () => identity)]);
      return tf.div(all, Math.sqrt(rowsOf(part))) as Tensor2D;
    }),
  );
}

/** Products of the stacks' rows of embeddings and head (or patches and class token): entry (i, j) is coordinate i of A with coordinate j of B. Inside `tf.tidy`. */
export const endProducts = (a: Tensors, b: Tensors, activeTokens?: ArrayLike<number>): Tensor2D =>
  productsOf(endParts(a, activeTokens), endParts(b, activeTokens));

/** The same of the rows of all blocks. Inside `tf.tidy` or a compiled function. */
export const layerProducts = (a: Tensors, b: Tensors): Tensor2D => productsOf(layerParts(a), layerParts(b));

/** Sums of squares of the rows of embeddings and head, and of those of all blocks: [2]. Inside `tf.tidy`. */
export const stackSquares = (params: Tensors, activeTokens?: ArrayLike<number>): Tensor =>
  tf.stack([squaresOf(endParts(params, activeTokens)), squaresOf(layerParts(params))]);

/** Without the stacks themselves, which are many rows, and without the identities, whose products are known. */
function productsOf(a: readonly StackPart[], b: readonly StackPart[]): Tensor2D {
  const products = a.map((part, i) => tf.div(tf.matMul(part.columns, b[i]!.columns, false, true), rowsOf(part)));
  return tf.add(tf.addN(products), tf.mul(tf.eye(a[0]!.columns.shape[0]), identitiesOf(a))) as Tensor2D;
}

function squaresOf(parts: readonly StackPart[]): Tensor {
  const squares = parts.map((part) => tf.div(tf.sum(tf.square(part.columns)), rowsOf(part)));
  return tf.add(tf.addN(squares), identitiesOf(parts) * parts[0]!.columns.shape[0]);
}

const rowsOf = ({ columns, identities }: StackPart): number => columns.shape[1] + identities * (columns.shape[0] + 1);
/** How often the stack has the identity, each as its part is divided. */
const identitiesOf = (parts: readonly StackPart[]): number => parts.reduce((sum, part) => sum + part.identities / rowsOf(part), 0);

function endParts(params: Tensors, activeTokens?: ArrayLike<number>): StackPart[] {
  const perToken = params['tokens.weight'] === undefined || activeTokens === undefined ? [] : ['tokens.weight', 'head.weight'];
  const columns = (name: string, x: Tensor, axis: number): Tensor2D => {
    if (x.rank === 1) return tf.reshape(x, [-1, 1]);
    if (axis === 0) return x as Tensor2D;
    return tf.transpose(perToken.includes(name) ? tf.gather(x, tf.tensor1d(Int32Array.from(activeTokens!), 'int32')) : x) as Tensor2D;
  };
  return Object.entries(streamEnds).flatMap(([name, axis]) => {
    const x = params[name];
    return x === undefined || name.endsWith('.bias') ? [] : [{ columns: columns(name, x, axis), identities: 0 }];
  });
}

const layerParts = (params: Tensors): StackPart[] => blockNames(params).flatMap((block) => blockParts(params, block));

function blockParts(params: Tensors, block: string): StackPart[] {
  const [qk, ov] = [params[`${block}.attention.qk`] as Tensor3D, params[`${block}.attention.ov`] as Tensor3D];
  const [heads, augmented] = qk.shape;
  const width = augmented - 1;
  const flat = (x: Tensor): Tensor2D => tf.reshape(tf.transpose(x, [1, 0, 2]), [width, heads * augmented]);
  const part = (columns: Tensor, identities = 0): StackPart => ({ columns: columns as Tensor2D, identities });
  return [
    // Keys and values: an identity for each head, with a row of zeros for the bias.
    part(flat(tf.slice(qk, [0, 0, 0], [heads, width, augmented])), 2 * heads),
    part(flat(ov)),
    ...gateAndIn(params, `${block}.mlp`).map((name) => part(tf.transpose(params[`${name}.weight`]!))),
    part(params[`${block}.mlp.out.weight`]!),
  ];
}
