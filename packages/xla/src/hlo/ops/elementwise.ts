import { ANY, BITS, FLOAT, INTEGER, NUMBER, SIGNED, check, count, inDomain, sameTypes } from '../check.js';
import type { Domain } from '../check.js';
import { defineOp, inFirst, jointly, oneAtATime, pointwise } from '../op.js';
import type { Op } from '../op.js';
import { elementTypes, sameShape, showType } from '../types.js';
import type { DType } from '../types.js';

const unary = (name: string, domain: Domain, dialect: 'stablehlo' | 'chlo' = 'stablehlo'): Op<null> =>
  defineOp<null>({
    name,
    dialect,
    infer: (inputs) => {
      count(name, inputs, 1);
      inDomain(name, inputs[0]!.dtype, domain);
      return [inputs[0]!];
    },
    batch: pointwise,
  });

const binary = (name: string, domain: Domain, rules: Pick<Op<null>, 'affine'> = {}): Op<null> =>
  defineOp<null>({
    ...rules,
    name,
    infer: (inputs) => {
      count(name, inputs, 2);
      sameTypes(name, inputs);
      inDomain(name, inputs[0]!.dtype, domain);
      return [inputs[0]!];
    },
    batch: pointwise,
  });

export const unaryOps = {
  abs: unary('abs', SIGNED),
  negate: { ...unary('negate', NUMBER), affine: jointly },
  sign: unary('sign', SIGNED),
  floor: unary('floor', FLOAT),
  ceil: unary('ceil', FLOAT),
  roundEven: unary('round_nearest_even', FLOAT),
  exp: unary('exponential', FLOAT),
  expm1: unary('exponential_minus_one', FLOAT),
  log: unary('log', FLOAT),
  log1p: unary('log_plus_one', FLOAT),
  sqrt: unary('sqrt', FLOAT),
  rsqrt: unary('rsqrt', FLOAT),
  cbrt: unary('cbrt', FLOAT),
  logistic: unary('logistic', FLOAT),
  tanh: unary('tanh', FLOAT),
  sin: unary('sine', FLOAT),
  cos: unary('cosine', FLOAT),
  tan: unary('tan', FLOAT),
  asin: unary('asin', FLOAT, 'chlo'),
  acos: unary('acos', FLOAT, 'chlo'),
  atan: unary('atan', FLOAT, 'chlo'),
  sinh: unary('sinh', FLOAT, 'chlo'),
  cosh: unary('cosh', FLOAT, 'chlo'),
  asinh: unary('asinh', FLOAT, 'chlo'),
  acosh: unary('acosh', FLOAT, 'chlo'),
  atanh: unary('atanh', FLOAT, 'chlo'),
  erf: unary('erf', FLOAT, 'chlo'),
  erfInv: unary('erf_inv', FLOAT, 'chlo'),
  not: unary('not', BITS),
};

export const binaryOps = {
  add: binary('add', NUMBER, { affine: jointly }),
  subtract: binary('subtract', NUMBER, { affine: jointly }),
  multiply: binary('multiply', NUMBER, { affine: oneAtATime }),
  divide: binary('divide', NUMBER, { affine: inFirst() }),
  /** Sign of the dividend, as C's `%`. */
  remainder: binary('remainder', NUMBER),
  /** NaN where either is NaN. */
  maximum: binary('maximum', ANY),
  minimum: binary('minimum', ANY),
  power: binary('power', NUMBER),
  atan2: binary('atan2', FLOAT),
  and: binary('and', BITS),
  or: binary('or', BITS),
  xor: binary('xor', BITS),
  shiftLeft: binary('shift_left', INTEGER),
  shiftRightArithmetic: binary('shift_right_arithmetic', INTEGER),
  shiftRightLogical: binary('shift_right_logical', INTEGER),
};

export type Comparison = 'EQ' | 'NE' | 'LT' | 'LE' | 'GT' | 'GE';
const compareType = { float: 'FLOAT', signed: 'SIGNED', unsigned: 'UNSIGNED', bool: 'UNSIGNED', complex: 'FLOAT' } as const;

/** Element-wise comparison -> bool. Any comparison with NaN is false, but NE is true. */
export const compare = defineOp<{ direction: Comparison }>({
  name: 'compare',
  infer: (inputs) => {
    count('compare', inputs, 2);
    sameTypes('compare', inputs);
    inDomain('compare', inputs[0]!.dtype, ANY);
    return [{ shape: inputs[0]!.shape, dtype: 'bool' }];
  },
  text: ({ direction }, inputs) =>
    `comparison_direction = #stablehlo<comparison_direction ${direction}>, compare_type = #stablehlo<comparison_type ${compareType[elementTypes[inputs[0]!.dtype].kind]}>`,
  batch: pointwise,
});

/** `select(condition, whenTrue, whenFalse)`, all of one shape. */
export const select = defineOp({
  name: 'select',
  infer: (inputs) => {
    count('select', inputs, 3);
    const [condition, whenTrue, whenFalse] = inputs;
    sameTypes('select', [whenTrue!, whenFalse!]);
    check(
      condition!.dtype === 'bool' && sameShape(condition!.shape, whenTrue!.shape),
      'select',
      'a bool condition of the shape of its branches',
      `${showType(condition!)} for ${showType(whenTrue!)}`,
    );
    return [whenTrue!];
  },
  batch: pointwise,
  affine: ([condition]) => !condition,
});

/** `clamp(low, x, high)`, all of one shape. */
export const clamp = defineOp({
  name: 'clamp',
  infer: (inputs) => {
    count('clamp', inputs, 3);
    sameTypes('clamp', inputs);
    return [inputs[1]!];
  },
  batch: pointwise,
});

/** float -> integer rounds toward zero; number -> bool is `!= 0`. */
export const convert = defineOp<{ dtype: DType }>({
  name: 'convert',
  infer: ([x], { dtype }) => [{ shape: x!.shape, dtype }],
  batch: pointwise,
});

/** The same bits as another dtype of equal width. */
export const bitcastConvert = defineOp<{ dtype: DType }>({
  name: 'bitcast_convert',
  infer: ([x], { dtype }) => {
    check(
      elementTypes[x!.dtype].bytes === elementTypes[dtype].bytes && x!.dtype !== 'bool' && dtype !== 'bool',
      'bitcast_convert',
      'dtypes of equal width, none bool',
      `${x!.dtype} to ${dtype}`,
    );
    return [{ shape: x!.shape, dtype }];
  },
  batch: pointwise,
});

export const isFinite = defineOp({
  name: 'is_finite',
  infer: ([x]) => {
    inDomain('is_finite', x!.dtype, FLOAT);
    return [{ shape: x!.shape, dtype: 'bool' }];
  },
  batch: pointwise,
});

/** Keeps XLA from merging or moving computations across it. Results equal inputs. */
export const optimizationBarrier = defineOp({
  name: 'optimization_barrier',
  infer: (inputs) => [...inputs],
  batch: pointwise,
  affine: jointly,
});

export const elementwiseOps = { ...unaryOps, ...binaryOps, compare, select, clamp, convert, bitcastConvert, isFinite, optimizationBarrier };
