import type { Builder, Value } from '../hlo/index.js';
import { countable, float, unify } from './dtypes.js';
import { listLowering, lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

type Binary = (b: Builder, x: Value, y: Value) => Value;

/** Arithmetic in the wider dtype of the two; bool counts as 0 and 1 and the result is bool again (not 0). */
const arithmetic = (f: Binary): Lowering =>
  lowering<'a' | 'b'>((builder, { a, b }) => {
    const [x, y] = unify(builder, a, b) as [Value, Value];
    const result = f(builder, countable(builder, x), countable(builder, y));
    return x.dtype === 'bool' ? builder.convert(result, 'bool') : result;
  });
const comparison = (f: Binary): Lowering =>
  lowering<'a' | 'b'>((builder, { a, b }) => f(builder, ...(unify(builder, a, b) as [Value, Value])));
const logical = (f: Binary): Lowering =>
  lowering<'a' | 'b'>((builder, { a, b }) => f(builder, builder.convert(a, 'bool'), builder.convert(b, 'bool')));
const bits = (f: Binary): Lowering => lowering<'a' | 'b'>((builder, { a, b }) => f(builder, a, b));

/** Sign of the divisor, as Python's `%`. */
const floorMod: Binary = (b, x, y) => {
  const rest = b.remainder(x, y);
  return b.select(b.and(b.notEqual(rest, 0), b.notEqual(b.less(rest, 0), b.less(y, 0))), b.add(rest, y), rest);
};

/** Always int32, as tfjs declares. */
const floorDivide: Binary = (b, x, y) => {
  if (x.dtype === 'float32') return b.convert(b.floor(b.divide(x, y)), 'int32');
  const rest = b.remainder(x, y);
  const crossed = b.and(b.notEqual(rest, 0), b.notEqual(b.less(rest, 0), b.less(y, 0)));
  return b.subtract(b.divide(x, y), b.convert(crossed, 'int32'));
};

export const binaryKernels: Readonly<Record<string, Lowering>> = {
  Add: arithmetic((b, x, y) => b.add(x, y)),
  Sub: arithmetic((b, x, y) => b.subtract(x, y)),
  Multiply: arithmetic((b, x, y) => b.multiply(x, y)),
  RealDiv: arithmetic((b, x, y) => (x.dtype === 'int32' ? b.convert(b.divide(float(b, x), float(b, y)), 'int32') : b.divide(x, y))),
  FloorDiv: lowering<'a' | 'b'>((builder, { a, b }) => {
    const [x, y] = unify(builder, a, b) as [Value, Value];
    return floorDivide(builder, ...(builder.broadcast(countable(builder, x), countable(builder, y)) as [Value, Value]));
  }),
  Mod: arithmetic((b, x, y) => floorMod(b, ...(b.broadcast(x, y) as [Value, Value]))),
  Pow: arithmetic((b, x, y) => b.power(x, y)),
  Maximum: arithmetic((b, x, y) => b.maximum(x, y)),
  Minimum: arithmetic((b, x, y) => b.minimum(x, y)),
  SquaredDifference: arithmetic((b, x, y) => {
    const difference = b.subtract(x, y);
    return b.multiply(difference, difference);
  }),
  Atan2: lowering<'a' | 'b'>((builder, { a, b }) => builder.atan2(float(builder, a), float(builder, b))),
  AddN: listLowering((b, values) => unify(b, ...values).reduce((sum, value) => b.add(sum, value))),
  Equal: comparison((b, x, y) => b.equal(x, y)),
  NotEqual: comparison((b, x, y) => b.notEqual(x, y)),
  Less: comparison((b, x, y) => b.less(x, y)),
  LessEqual: comparison((b, x, y) => b.lessEqual(x, y)),
  Greater: comparison((b, x, y) => b.greater(x, y)),
  GreaterEqual: comparison((b, x, y) => b.greaterEqual(x, y)),
  LogicalAnd: logical((b, x, y) => b.and(x, y)),
  LogicalOr: logical((b, x, y) => b.or(x, y)),
  LogicalXor: logical((b, x, y) => b.xor(x, y)),
  LogicalNot: lowering<'x'>((b, { x }) => b.not(b.convert(x, 'bool'))),
  BitwiseAnd: bits((b, x, y) => b.and(x, y)),
  BitwiseXor: bits((b, x, y) => b.xor(x, y)),
  ShiftRightLogical: lowering<'x', { bits: number }>((b, { x }, attrs) => b.shiftRightLogical(x, attrs.bits)),
};
