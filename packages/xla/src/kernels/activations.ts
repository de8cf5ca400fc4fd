import { BasinlabError } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Builder, Value } from '../hlo/index.js';
import { float, unify } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

type Activation = (b: Builder, x: Value) => Value;

const elu: Activation = (b, x) => b.select(b.greaterEqual(x, 0), x, b.expm1(x));
const relu: Activation = (b, x) => b.maximum(x, 0);
const relu6: Activation = (b, x) => b.minimum(b.maximum(x, 0), 6);
const sigmoid: Activation = (b, x) => b.logistic(x);
// max(x, 0) + log(1 + e^-|x|) neither overflows nor loses small results.
const softplus: Activation = (b, x) => b.add(b.maximum(x, 0), b.log1p(b.exp(b.negate(b.abs(x)))));
const selu: Activation = (b, x) =>
  b.select(b.greaterEqual(x, 0), b.multiply(x, tf.backend_util.SELU_SCALE), b.multiply(b.expm1(x), tf.backend_util.SELU_SCALEALPHA));
const prelu = (b: Builder, x: Value, alpha: Value): Value => {
  const [values, slopes] = b.broadcast(...(unify(b, x, alpha) as [Value, Value])) as [Value, Value];
  return b.select(b.less(values, 0), b.multiply(slopes, values), values);
};
const leakyRelu = (b: Builder, x: Value, alpha: number): Value => b.select(b.less(x, 0), b.multiply(x, alpha), x);

const real = (f: Activation): Lowering =>
  lowering<'x'>((b, { x }) => {
    const y = f(b, float(b, x));
    return x.dtype === 'int32' ? b.convert(y, 'int32') : y;
  });

export const activationKernels: Readonly<Record<string, Lowering>> = {
  Relu: real(relu),
  Relu6: real(relu6),
  Elu: real(elu),
  EluGrad: lowering<'dy' | 'y'>((b, { dy, y }) => b.select(b.greaterEqual(y, 0), dy, b.multiply(dy, b.add(y, 1)))),
  Selu: real(selu),
  Sigmoid: real(sigmoid),
  Softplus: real(softplus),
  LeakyRelu: lowering<'x', { alpha: number }>((b, { x }, { alpha }) => leakyRelu(b, float(b, x), alpha)),
  Prelu: lowering<'x' | 'alpha'>((b, { x, alpha }) => prelu(b, float(b, x), alpha)),
  Step: lowering<'x', { alpha: number }>((b, { x }, { alpha }) => {
    const y = b.select(
      b.greater(x, 0),
      b.full(1, x.dtype),
      Math.trunc(alpha) === alpha || x.dtype === 'float32' ? alpha : Math.trunc(alpha),
    );
    return x.dtype === 'float32' ? b.select(b.isNaN(x), NaN, y) : y;
  }),
};

/** The activation that a fused kernel applies to its result. */
export function fusedActivation(
  b: Builder,
  x: Value,
  name: string | undefined,
  weights: Value | undefined,
  alpha: number | undefined,
): Value {
  switch (name) {
    case undefined:
    case 'linear':
      return x;
    case 'relu':
      return relu(b, x);
    case 'relu6':
      return relu6(b, x);
    case 'elu':
      return elu(b, x);
    case 'sigmoid':
      return sigmoid(b, x);
    case 'leakyrelu':
      return leakyRelu(b, x, alpha ?? 0.2);
    case 'prelu':
      return prelu(b, x, weights!);
    default:
      throw new BasinlabError('xla', 'a fused activation among linear, relu, relu6, elu, sigmoid, leakyrelu, prelu', name);
  }
}
