import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { demand, type Tensors } from '@basinlab/core';
import { streamEnds, streamReader } from '../architectures/stream-ends.js';

/** A wider model with the same function. */
export interface ExpandedCircuits {
  readonly params: Tensors;
  /** What norms of the wider network must add to mean squares: `epsilon` times old width over new width. */
  readonly epsilon: number;
}

/**
 * Turns a model in circuit form (`gpt2-circuits`, `vit-circuits`) into one with a wider residual stream and the same function: the stream lies in the span of `basis` [wide,
 * width], whose columns are orthonormal. Mean squares shrink by width over wide, which readers undo. Theus et al. 2025, arXiv 2506.22712, on models of
 * different widths.
 * @returns new tensors
 */
export function expandCircuits(params: Tensors, basis: Tensor2D, epsilon: number): ExpandedCircuits {
  const width = params['norm.bias']!.shape[0]!;
  const wide = basis.shape[0];
  demand(basis.shape[1] === width && wide >= width, 'expandCircuits', `a basis [wide, ${width}]`, basis.shape);
  const shrink = Math.sqrt(width / wide);
  const expanded = tf.tidy(() => {
    // On the input side the coordinate of the bias stays.
    const reader = tf.pad(tf.mul(basis, shrink), [
      [0, 1],
      [0, 1],
    ]) as Tensor2D;
    const corner = tf.pad(tf.ones([1, 1]), [
      [wide, 0],
      [width, 0],
    ]) as Tensor2D;
    const read = tf.add(reader, corner) as Tensor2D;
    const intoStream = (rows: Tensor): Tensor => tf.matMul(rows as Tensor2D, basis, false, true);
    const fromColumns = (x: Tensor): Tensor => tf.reshape(tf.matMul(basis, tf.reshape(x, [width, -1])), [wide, ...x.shape.slice(1)]);
    const perHead = (matrix: Tensor2D, heads: number): Tensor3D =>
      tf.tile(tf.reshape(matrix, [1, ...matrix.shape]), [heads, 1, 1]) as Tensor3D;
    const moved = (name: string, x: Tensor): Tensor => {
      if (name in streamEnds && name !== streamReader) return streamEnds[name] === 1 ? intoStream(x) : fromColumns(x);
      if (name === streamReader || /\.mlp\.(gate|in)\.weight$/.test(name)) return tf.mul(intoStream(x), shrink);
      if (/(attention|mlp)Norm\.bias$/.test(name) || name === 'norm.bias') return tf.div(fromColumns(x), shrink);
      if (/\.attention\.output\.bias$|\.mlp\.out\.(weight|bias)$/.test(name)) return fromColumns(x);
      if (name.endsWith('.attention.qk')) {
        const both = tf.matMul(tf.matMul(perHead(read, x.shape[0]!), x as Tensor3D), perHead(read, x.shape[0]!), false, true);
        return tf.mul(both, Math.sqrt((wide + 1) / (width + 1)));
      }
      if (name.endsWith('.attention.ov'))
        return tf.matMul(tf.matMul(perHead(basis, x.shape[0]!), x as Tensor3D), perHead(read, x.shape[0]!), false, true);
      return tf.clone(x);
    };
    return Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, moved(name, tensor)]));
  });
  return { params: expanded, epsilon: (epsilon * width) / wide };
}
