import { FLOAT, NUMBER, axesWithin, check, count, inDomain } from '../check.js';
import { defineOp, pointwise } from '../op.js';
import { sameShape, showType } from '../types.js';
import { regionTypes, scalarsOf } from './reduction.js';

/** Stable sort of n operands of one shape along `axis` by the region (a0, b0, a1, b1, ...) -> bool, "a before b". */
export const sort = defineOp<{ axis: number }>({
  name: 'sort',
  infer: (inputs, { axis }, regions) => {
    check(
      inputs.length > 0 && inputs.every((x) => sameShape(x.shape, inputs[0]!.shape)),
      'sort',
      'operands of one shape',
      inputs.map(showType),
    );
    axesWithin('sort', 'axis', [axis], inputs[0]!.shape.length);
    regionTypes('sort', regions[0], scalarsOf(inputs.flatMap((x) => [x, x])), [{ shape: [], dtype: 'bool' }]);
    return [...inputs];
  },
  text: ({ axis }) => `dimension = ${axis} : i64, is_stable = true`,
  batch: (call) => call.emit(call.lifted(), { axis: call.attrs.axis + 1 }),
});

/** The k largest entries along the last axis, largest first, and their int32 indices; equal entries keep their order. */
export const topK = defineOp<{ k: number }>({
  name: 'top_k',
  dialect: 'chlo',
  infer: ([x], { k }) => {
    inDomain('top_k', x!.dtype, NUMBER);
    check(
      x!.shape.length > 0 && Number.isInteger(k) && k >= 0 && k <= x!.shape.at(-1)!,
      'top_k',
      `k within the last axis of ${showType(x!)}`,
      k,
    );
    const shape = x!.shape.with(-1, k);
    return [
      { shape, dtype: x!.dtype },
      { shape, dtype: 'int32' },
    ];
  },
  text: ({ k }) => `k = ${k} : i64`,
  batch: pointwise,
});

/** L with x = L L^T for symmetric positive definite [..., n, n]; NaN where x is not. The other triangle is undefined. */
export const cholesky = defineOp({
  name: 'cholesky',
  infer: ([x]) => {
    inDomain('cholesky', x!.dtype, FLOAT);
    check(x!.shape.length >= 2 && x!.shape.at(-1) === x!.shape.at(-2), 'cholesky', 'square matrices', showType(x!));
    return [x!];
  },
  text: () => 'lower = true',
  batch: pointwise,
});

export interface TriangularSolveAttrs {
  readonly leftSide: boolean;
  readonly lower: boolean;
  readonly transposeA: boolean;
  readonly unitDiagonal: boolean;
}

/** x with op(a) x = b (left side) or x op(a) = b, for triangular a [..., n, n]. */
export const triangularSolve = defineOp<TriangularSolveAttrs>({
  name: 'triangular_solve',
  infer: (inputs, { leftSide }) => {
    count('triangular_solve', inputs, 2);
    const [a, b] = inputs;
    inDomain('triangular_solve', a!.dtype, FLOAT);
    const n = a!.shape.at(-1);
    const fits =
      a!.shape.length >= 2 && a!.shape.length === b!.shape.length && a!.shape.at(-2) === n && b!.shape.at(leftSide ? -2 : -1) === n;
    check(
      fits && a!.dtype === b!.dtype && sameShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2)),
      'triangular_solve',
      'square matrices and right-hand sides that fit',
      inputs.map(showType),
    );
    return [b!];
  },
  text: ({ leftSide, lower, transposeA, unitDiagonal }) =>
    `left_side = ${leftSide}, lower = ${lower}, transpose_a = #stablehlo<transpose ${transposeA ? 'TRANSPOSE' : 'NO_TRANSPOSE'}>, unit_diagonal = ${unitDiagonal}`,
  batch: pointwise,
});

export const linearAlgebraOps = { sort, topK, cholesky, triangularSolve };
