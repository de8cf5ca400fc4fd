import { demand } from '@basinlab/core';
import { Matrix, pseudoInverse } from 'ml-matrix';
import { frobenius } from '../linear-algebra/index.js';

/** Two layers on a batch, U s(V X): V [h, n], U [m, h], X [n, batch] with one sample per column, and s an element-wise function. */
export interface TwoLayers {
  readonly u: Matrix;
  readonly v: Matrix;
}

const apply = (activation: (z: number) => number, z: Matrix): Matrix => new Matrix(z.to2DArray().map((row) => row.map(activation)));

/** U s(V X), [m, batch]. */
export const twoLayerOutput = ({ u, v }: TwoLayers, x: Matrix, activation: (z: number) => number): Matrix =>
  u.mmul(apply(activation, v.mmul(x)));

/** Two layers moved by an invertible matrix between them, and how far their function on the data moves. */
export interface ApproximateAction {
  readonly moved: TwoLayers;
  /** ||U s(VX) - U' s(V'X)||, at most `bound`. */
  readonly change: number;
  /** ||U s(VX)||. */
  readonly bound: number;
}

/**
 * Moves V by any matrix g and takes back what it changes on the batch X as well as a linear map can: (U, V) -> (U s(VX) s(gVX)^+, gV). The output
 * changes by U s(VX)(I - P), P the projector on the rows of s(gVX): by nothing where those span all samples (batch at most h, in general
 * position), and never by more than the output itself. arXiv 2505.23681, proposition 6.1.
 * @throws BasinlabError where shapes do not fit
 */
export function approximateAction({ u, v }: TwoLayers, g: Matrix, x: Matrix, activation: (z: number) => number): ApproximateAction {
  demand(u.columns === v.rows, 'approximateAction', `U with ${v.rows} columns`, u.columns);
  demand(g.rows === v.rows && g.columns === v.rows, 'approximateAction', `g [${v.rows}, ${v.rows}]`, [g.rows, g.columns]);
  demand(x.rows === v.columns, 'approximateAction', `samples of ${v.columns} entries`, x.rows);
  const output = twoLayerOutput({ u, v }, x, activation);
  const movedV = g.mmul(v);
  const moved = { u: output.mmul(pseudoInverse(apply(activation, movedV.mmul(x)))), v: movedV };
  return { moved, change: frobenius(Matrix.sub(twoLayerOutput(moved, x, activation), output)), bound: frobenius(output) };
}
