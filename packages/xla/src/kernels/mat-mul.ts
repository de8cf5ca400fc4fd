import { matMul, sizeOf } from '../hlo/index.js';
import type { Builder, Value } from '../hlo/index.js';
import { fusedActivation } from './activations.js';
import { unify } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

interface MatMulAttrs {
  transposeA: boolean;
  transposeB: boolean;
}
interface FusedAttrs extends MatMulAttrs {
  activation?: string;
  leakyreluAlpha?: number;
}

export const matMulKernels: Readonly<Record<string, Lowering>> = {
  BatchMatMul: lowering<'a' | 'b', MatMulAttrs>((builder, { a, b }, attrs) => product(builder, a, b, attrs)),
  _FusedMatMul: lowering<'a' | 'b' | 'bias' | 'preluActivationWeights', FusedAttrs>(
    (builder, { a, b, bias, preluActivationWeights }, attrs) => {
      const y = product(builder, a, b, attrs);
      const biased = (bias as Value | undefined) === undefined ? y : builder.add(y, bias);
      return fusedActivation(builder, biased, attrs.activation, preluActivationWeights, attrs.leakyreluAlpha);
    },
  ),
};

function product(builder: Builder, a: Value, b: Value, { transposeA, transposeB }: MatMulAttrs): Value {
  const [x, y] = unify(builder, a, b) as [Value, Value];
  // A right side shared by the whole batch needs no copies: the batch axes are then just more rows.
  if (x.shape.length > 2 && x.shape.length >= y.shape.length && sizeOf(y.shape.slice(0, -2)) === 1) {
    const matrix = builder.reshape(y, y.shape.slice(-2));
    const rows = builder.dotGeneral(x, matrix, { lhsContract: [x.shape.length - (transposeA ? 2 : 1)], rhsContract: [transposeB ? 1 : 0] });
    return rows;
  }
  return matMul(builder, x, y, { transposeX: transposeA, transposeY: transposeB });
}
