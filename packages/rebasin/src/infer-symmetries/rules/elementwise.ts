import type { DataType } from '@tensorflow/tfjs-core';
import { axisAt, type OpRule, type RuleContext, type Traced } from '../traced.js';

const arithmetic = [
  'Abs',
  'Acos',
  'Acosh',
  'Add',
  'AddN',
  'Asin',
  'Asinh',
  'Atan',
  'Atan2',
  'Atanh',
  'BitwiseAnd',
  'BitwiseXor',
  'Ceil',
  'ClipByValue',
  'Cos',
  'Cosh',
  'Elu',
  'EluGrad',
  'Erf',
  'ErfInv',
  'Exp',
  'Expm1',
  'Floor',
  'FloorDiv',
  'Identity',
  'LeakyRelu',
  'Log',
  'Log1p',
  'Maximum',
  'Minimum',
  'Mod',
  'Multiply',
  'Neg',
  'Pow',
  'Prelu',
  'RealDiv',
  'Reciprocal',
  'Relu',
  'Relu6',
  'Round',
  'Rsqrt',
  'Selu',
  'ShiftRightLogical',
  'Sigmoid',
  'Sign',
  'Sin',
  'Sinh',
  'Softplus',
  'Sqrt',
  'Square',
  'SquaredDifference',
  'Step',
  'Sub',
  'Tan',
  'Tanh',
] as const;
const predicates = [
  'Equal',
  'Greater',
  'GreaterEqual',
  'IsFinite',
  'IsInf',
  'IsNan',
  'Less',
  'LessEqual',
  'LogicalAnd',
  'LogicalNot',
  'LogicalOr',
  'LogicalXor',
  'NotEqual',
] as const;

/** Broadcast against each other, entry by entry: axes that meet move alike. An element-wise function keeps permutations and nothing more. */
export function broadcast(tensors: readonly Traced[], dtype: DataType, at: RuleContext): Traced {
  const rank = Math.max(0, ...tensors.map(({ shape }) => shape.length));
  const places = Array.from({ length: rank }, (_, k) => tensors.map((tensor) => axisAt(tensor, k - rank + tensor.shape.length)));
  return {
    dtype,
    shape: places.map((axes) => axes.find(({ size }) => size !== 1)?.size ?? 1),
    axes: places.map((axes) => at.join(axes)),
  };
}

const widest = (tensors: readonly Traced[]): DataType => (tensors.some(({ dtype }) => dtype === 'float32') ? 'float32' : tensors[0]!.dtype);

const elementwise: OpRule = (inputs, _, at) => broadcast(Object.values(inputs), widest(Object.values(inputs)), at);
const predicate: OpRule = (inputs, _, at) => broadcast(Object.values(inputs), 'bool', at);

export const elementwiseRules: Readonly<Record<string, OpRule>> = {
  ...Object.fromEntries(arithmetic.map((name) => [name, elementwise])),
  ...Object.fromEntries(predicates.map((name) => [name, predicate])),
  Cast: ({ x }, { dtype }) => ({ ...x!, dtype: dtype as DataType }),
  Select: ({ condition, t, e }, _, at) => broadcast([condition!, t!, e!], t!.dtype, at),
};
