import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { demand, type Architecture, type ParamSpec, type RewrittenBack, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { applyTransform } from '@basinlab/rebasin';
import { leadingEigen, multiplyTransposed, symmetricEigen, transposed } from '@basinlab/core/linear-algebra';
import { matchHeads } from '../alignment/match-heads.js';
import { streamEnds, streamReader } from '../architectures/stream-ends.js';
import { blockNames } from '../architectures/parameter-names.js';

/** A model with heads of the original size again. */
export interface FactoredCircuits {
  /** Parameters of a `gpt2` or a `vit` with norm `layer`, not tied. */
  readonly params: Tensors;
  /** Largest share of a circuit's norm that heads of this size leave out; 0 but for rounding where its rank allows it. */
  readonly rankError: number;
  /** Share of the norm of all that writes to the residual stream which subtracting a mean takes away; 0 but for rounding where it lies in a hyperplane. */
  readonly meanError: number;
}

/** How a model is brought back. */
export interface FactorOptions {
  /** Of the network in circuit form. */
  readonly specs: readonly ParamSpec[];
  /** Of each head. Default: width / heads. */
  readonly headSize?: number;
}

/**
 * Brings a model from circuit form back to LayerNorm and heads of queries, keys, values and outputs: the residual stream is turned so that the direction in
 * which nothing is written becomes that of the mean, and each circuit is factored at the size of a head, as well as rank and hyperplane allow. Exact for a model
 * that came from there, moved by whatever element of its symmetry; a mixture of two has circuits of up to twice the rank, and the errors say what is lost.
 * @returns new tensors
 * @throws BasinlabError where the parameters are in another form
 */
export async function fromCircuits(params: Tensors, { specs, headSize }: FactorOptions): Promise<FactoredCircuits> {
  const blocks = blockNames(params);
  demand(blocks.length > 0, 'fromCircuits', 'parameters in circuit form', Object.keys(params).slice(0, 5));
  const [heads, augmented] = params[`${blocks[0]!}.attention.qk`]!.shape as [number, number, number];
  const width = augmented - 1;
  const size = headSize ?? width / heads;
  demand(Number.isInteger(size) && size > 0, 'fromCircuits', `heads that divide the width ${width}, or options.headSize`, heads);
  const { reflection, meanError } = await towardsMean(params, blocks, width);
  const turned = applyTransform(specs, params, reflection);
  const result: Tensors = {};
  let rankError = 0;
  for (const [name, tensor] of Object.entries(turned)) {
    if (name.endsWith('.attention.qk') || name.endsWith('.attention.ov')) continue;
    result[name] = tf.clone(tensor);
    if (name.endsWith('orm.bias')) result[name.replace(/bias$/, 'weight')] = tf.ones([width]);
  }
  for (const block of blocks) {
    const name = `${block}.attention`;
    const [qk, ov] = [turned[`${name}.qk`]!, turned[`${name}.ov`]!];
    const scale = Math.sqrt(augmented / size);
    const scores = await factored(qk, size);
    const writes = await factored(ov, size);
    rankError = Math.max(rankError, scores.error, writes.error);
    const augmentedRows = (rows: Float32Array): Tensor2D => tf.tensor2d(rows, [heads * size, augmented]);
    tf.tidy(() => {
      const into = {
        query: tf.div(augmentedRows(scores.left), scale),
        key: augmentedRows(scores.right),
        value: augmentedRows(writes.right),
      };
      for (const [reader, rows] of Object.entries(into)) {
        result[`${name}.${reader}.weight`] = tf.keep(tf.slice(rows, [0, 0], [-1, width]));
        result[`${name}.${reader}.bias`] = tf.keep(tf.reshape(tf.slice(rows, [0, width], [-1, 1]), [-1]));
      }
      result[`${name}.output.weight`] = tf.keep(tf.transpose(tf.tensor2d(writes.left, [heads * size, width])));
    });
  }
  tf.dispose(turned);
  return { params: result, rankError, meanError };
}

/**
 * The way back of an architecture's rewrite to `form`; `changed` are options that its models have afterwards. `onto` is another model that was brought back: heads get the coordinates
 * that are closest to its own.
 */
export async function backFrom<O extends { readonly heads: number }>(
  form: Architecture<O>,
  options: O,
  { params, onto }: { readonly params: Tensors; readonly onto: Tensors | undefined },
  changed: object,
): Promise<RewrittenBack> {
  const { params: own, rankError, meanError } = await fromCircuits(params, { specs: form.params(options) });
  const lost = { 'rank of circuits': rankError, 'mean of the residual stream': meanError };
  if (onto === undefined) return { params: own, options: changed, lost };
  try {
    const { params: matched, conditions } = await matchHeads(onto, own, options);
    return { params: matched, options: changed, lost, conditions };
  } finally {
    tf.dispose(own);
  }
}

/** Everything that writes to the residual stream, as rows in its coordinates; biases too. Inside `tf.tidy`. */
function writers(params: Tensors, blocks: readonly string[], width: number): Tensor2D {
  const rows = (x: Tensor): Tensor2D => tf.reshape(x, [-1, width]);
  const ends = Object.entries(streamEnds).flatMap(([name, axis]) => {
    const x = params[name];
    return x === undefined || name === streamReader ? [] : [rows(axis === 0 && x.rank === 2 ? tf.transpose(x) : x)];
  });
  const inside = blocks.flatMap((block) => [
    rows(tf.transpose(params[`${block}.attention.ov`]!, [0, 2, 1])),
    rows(params[`${block}.attention.output.bias`]!),
    rows(tf.transpose(params[`${block}.mlp.out.weight`]!)),
    rows(params[`${block}.mlp.out.bias`]!),
  ]);
  return tf.concat([...ends, ...inside]);
}

/** The reflection that brings the direction in which least is written to that of the mean; nothing where it is there. */
async function towardsMean(
  params: Tensors,
  blocks: readonly string[],
  width: number,
): Promise<{ reflection: SymmetryTransform; meanError: number }> {
  const products = tf.tidy(() => {
    const all = writers(params, blocks, width);
    return tf.matMul(all, all, true, false);
  });
  const gram = Float64Array.from(await products.data());
  products.dispose();
  const { values, vectors } = symmetricEigen(gram, width);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const meanError = total === 0 ? 0 : Math.sqrt(Math.max(0, values[width - 1]!) / total);
  const least = vectors.subarray((width - 1) * width);
  const sign = least.reduce((sum, value) => sum + value, 0) < 0 ? -1 : 1;
  const v = least.map((value) => sign * value - 1 / Math.sqrt(width));
  const square = v.reduce((sum, value) => sum + value * value, 0);
  if (square < 1e-12) return { reflection: {}, meanError };
  // I - 2 v v^T / |v|^2.
  const matrix = Float64Array.from({ length: width * width }, (_, at) => {
    const [i, k] = [Math.floor(at / width), at % width];
    return (i === k ? 1 : 0) - (2 * v[i]! * v[k]!) / square;
  });
  return { reflection: { residual: { kind: 'orthogonal', size: width, matrix } }, meanError };
}

/** Per head M ~ left^T right with left and right [size, ...], both of like size; and the largest share of a norm that is lost. */
async function factored(circuits: Tensor, size: number): Promise<{ left: Float32Array; right: Float32Array; error: number }> {
  const [heads, rows, columns] = circuits.shape as [number, number, number];
  const data = Float64Array.from(await circuits.data());
  const left = new Float32Array(heads * size * rows);
  const right = new Float32Array(heads * size * columns);
  let error = 0;
  for (let head = 0; head < heads; head++) {
    const matrix = data.subarray(head * rows * columns, (head + 1) * rows * columns);
    const kept = Math.min(size, rows);
    const { values, vectors } = leadingEigen(multiplyTransposed(matrix, matrix, rows, rows, columns), rows, () => kept);
    const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
    // Rows of U^T M: nothing is divided by a singular value that may be 0.
    const projected = multiplyTransposed(vectors, transposed(matrix, rows, columns), kept, columns, rows);
    const lost = values.subarray(kept).reduce((sum, value) => sum + Math.max(0, value), 0);
    if (total > 0) error = Math.max(error, Math.sqrt(lost / total));
    for (let i = 0; i < kept; i++) {
      const balance = Math.sqrt(Math.sqrt(Math.max(values[i]!, 1e-12 * values[0]!, Number.MIN_VALUE)));
      for (let k = 0; k < rows; k++) left[(head * size + i) * rows + k] = balance * vectors[i * rows + k]!;
      for (let k = 0; k < columns; k++) right[(head * size + i) * columns + k] = projected[i * columns + k]! / balance;
    }
  }
  return { left, right, error };
}
