import type { Builder, DType, Value } from '../hlo/index.js';
import { float } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

interface RangeAttrs {
  start: number;
  stop: number;
  step: number;
  dtype?: 'float32' | 'int32';
}

/** Kernels whose result depends on attributes and shapes alone. */
export const creationKernels: Readonly<Record<string, Lowering>> = {
  Fill: lowering<never, { shape: number[]; value: number | boolean; dtype?: DType }>((b, _, { shape, value, dtype }) =>
    b.full(Number(value), dtype ?? (typeof value === 'boolean' ? 'bool' : 'float32'), shape),
  ),
  ZerosLike: lowering<'x'>((b, { x }) => b.full(0, x.dtype, x.shape)),
  OnesLike: lowering<'x'>((b, { x }) => b.full(1, x.dtype, x.shape)),
  Range: lowering<never, RangeAttrs>((b, _, { start, stop, step, dtype = 'float32' }) => {
    const by = stop < start && step === 1 ? -1 : step;
    const count = start === stop || (stop - start) / by < 0 ? 0 : Math.ceil((stop - start) / by);
    return ramp(b, start, by, count, dtype);
  }),
  LinSpace: lowering<never, { start: number; stop: number; num: number }>((b, _, { start, stop, num }) =>
    ramp(b, start, num === 1 ? 0 : (stop - start) / (num - 1), num, 'float32'),
  ),
  OneHot: lowering<'indices', { depth: number; onValue: number; offValue: number; dtype?: DType }>(
    (b, { indices }, { depth, onValue, offValue, dtype = 'float32' }) => {
      const shape = [...indices.shape, depth];
      const hot = b.equal(
        b.broadcastInDim(
          indices,
          shape,
          indices.shape.map((_, i) => i),
        ),
        b.iota('int32', shape, indices.shape.length),
      );
      return b.select(hot, b.full(onValue, dtype), b.full(offValue, dtype));
    },
  ),
  Diag: lowering<'x'>((b, { x }) => {
    const flat = b.flatten(x);
    const shape = [flat.shape[0]!, flat.shape[0]!];
    const onDiagonal = b.equal(b.iota('int32', shape, 0), b.iota('int32', shape, 1));
    return b.reshape(b.select(onDiagonal, b.broadcastInDim(flat, shape, [0]), b.full(0, x.dtype)), [...x.shape, ...x.shape]);
  }),
};

function ramp(b: Builder, start: number, step: number, count: number, dtype: DType): Value {
  const at = b.iota('int32', [count], 0);
  if (dtype === 'int32' && Number.isInteger(start) && Number.isInteger(step)) return b.add(b.multiply(at, step), start);
  return b.convert(b.add(b.multiply(float(b, at), step), start), dtype);
}
