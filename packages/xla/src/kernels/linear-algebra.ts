import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

interface SolveAttrs {
  lower: boolean;
  transpose: boolean;
  unitDiagonal: boolean;
}

export const linearAlgebraKernels: Readonly<Record<string, Lowering>> = {
  Cholesky: lowering<'x'>((b, { x }) => {
    const rank = x.shape.length;
    const below = b.greaterEqual(b.iota('int32', x.shape, rank - 2), b.iota('int32', x.shape, rank - 1));
    return b.select(below, b.cholesky(x), 0);
  }),
  TriangularSolve: lowering<'a' | 'b', SolveAttrs>((builder, { a, b }, { lower, transpose, unitDiagonal }) =>
    builder.triangularSolve(a, b, { leftSide: true, lower, transposeA: transpose, unitDiagonal }),
  ),
};
