import type { Builder, Value } from '../hlo/index.js';

const order = ['bool', 'int32', 'float32'] as const;

/** Brings values to the widest of their dtypes (bool < int32 < float32), as tfjs' own ops do before most kernels. */
export function unify(b: Builder, ...values: Value[]): Value[] {
  const widest = order[Math.max(...values.map((value) => order.indexOf(value.dtype as (typeof order)[number])))]!;
  return values.map((value) => b.convert(value, widest));
}

export const float = (b: Builder, x: Value): Value => b.convert(x, 'float32');
export const int = (b: Builder, x: Value): Value => b.convert(x, 'int32');
/** bool counts as 0 and 1 where a sum or product is taken. */
export const countable = (b: Builder, x: Value): Value => (x.dtype === 'bool' ? b.convert(x, 'int32') : x);
