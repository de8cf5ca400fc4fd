import type { Builder, Value } from '../hlo/index.js';
import { countable, float } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

type Unary = (b: Builder, x: Value) => Value;

/** A function of floats. On int32 it is computed in float32 and cut to int32, as tfjs does; bool gives float32. */
const real = (f: Unary): Lowering =>
  lowering<'x'>((b, { x }) => {
    const y = f(b, float(b, x));
    return x.dtype === 'int32' ? b.convert(y, 'int32') : y;
  });
/** A function that int32 has too. */
const number = (f: Unary): Lowering => lowering<'x'>((b, { x }) => f(b, countable(b, x)));
/** Rounding leaves integers as they are. */
const rounding = (f: Unary): Lowering => lowering<'x'>((b, { x }) => (x.dtype === 'float32' ? f(b, x) : x));
const predicate = (f: Unary, ofInteger: boolean): Lowering =>
  lowering<'x'>((b, { x }) => (x.dtype === 'float32' ? f(b, x) : b.full(ofInteger, 'bool', x.shape)));

export const unaryKernels: Readonly<Record<string, Lowering>> = {
  Abs: number((b, x) => b.abs(x)),
  Neg: number((b, x) => b.negate(x)),
  // Of NaN 0, as in tfjs.
  Sign: number((b, x) => (x.dtype === 'float32' ? b.sign(b.select(b.isNaN(x), 0, x)) : b.sign(x))),
  Square: number((b, x) => b.multiply(x, x)),
  Floor: rounding((b, x) => b.floor(x)),
  Ceil: rounding((b, x) => b.ceil(x)),
  Round: rounding((b, x) => b.roundEven(x)),
  // float32 even of int32, as tfjs declares this one.
  Exp: lowering<'x'>((b, { x }) => b.exp(float(b, x))),
  Expm1: real((b, x) => b.expm1(x)),
  Log: real((b, x) => b.log(x)),
  Log1p: real((b, x) => b.log1p(x)),
  Sqrt: real((b, x) => b.sqrt(x)),
  Rsqrt: real((b, x) => b.rsqrt(x)),
  Reciprocal: real((b, x) => b.divide(1, x)),
  Sin: real((b, x) => b.sin(x)),
  Cos: real((b, x) => b.cos(x)),
  Tan: real((b, x) => b.tan(x)),
  Asin: real((b, x) => b.asin(x)),
  Acos: real((b, x) => b.acos(x)),
  Atan: real((b, x) => b.atan(x)),
  Sinh: real((b, x) => b.sinh(x)),
  Cosh: real((b, x) => b.cosh(x)),
  Tanh: real((b, x) => b.tanh(x)),
  Asinh: real((b, x) => b.asinh(x)),
  Acosh: real((b, x) => b.acosh(x)),
  Atanh: real((b, x) => b.atanh(x)),
  Erf: real((b, x) => b.erf(x)),
  ErfInv: real((b, x) => b.erfInv(x)),
  IsNan: predicate((b, x) => b.isNaN(x), false),
  IsFinite: predicate((b, x) => b.isFinite(x), true),
  IsInf: predicate((b, x) => b.equal(b.abs(x), Infinity), false),
};
