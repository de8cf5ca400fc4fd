import type { Builder, Value } from '../hlo/index.js';
import { unify } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

export const selectKernels: Readonly<Record<string, Lowering>> = {
  // A condition of rank 1 chooses rows of branches of higher rank.
  Select: lowering<'condition' | 't' | 'e'>((b, { condition, t, e }) => {
    const [whenTrue, whenFalse] = unify(b, t, e) as [Value, Value];
    const rows = condition.shape.length === 1 && t.shape.length > 1 && condition.shape[0] === t.shape[0];
    const chosen = b.convert(condition, 'bool');
    return b.select(rows ? b.broadcastInDim(chosen, t.shape, [0]) : chosen, whenTrue, whenFalse);
  }),
  ClipByValue: lowering<'x', { clipValueMin: number; clipValueMax: number }>((b, { x }, { clipValueMin, clipValueMax }) =>
    b.clamp(bound(b, clipValueMin, x), x, bound(b, clipValueMax, x)),
  ),
};

const bound = (b: Builder, value: number, { dtype }: Value): Value =>
  b.full(dtype === 'float32' ? value : Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)), dtype);
