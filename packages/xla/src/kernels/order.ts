import type { Builder, RegionBody, Value } from '../hlo/index.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

interface SortAttrs {
  axis: number;
  descending: boolean;
}

export const orderKernels: Readonly<Record<string, Lowering>> = {
  TopK: lowering<'x', { k: number }>((b, { x }, { k }) => b.topK(x, k)),
  Sort: lowering<'x', SortAttrs>((b, { x }, { axis, descending }) => b.sort([x], axis, before(descending))[0]!),
  ArgSort: lowering<'x', SortAttrs>(
    (b, { x }, { axis, descending }) => b.sort([x, b.iota('int32', x.shape, axis)], axis, before(descending))[1]!,
  ),
};

/** The order of a sort by its first operand; NaN counts as larger than every number. */
const before =
  (descending: boolean): RegionBody =>
  (b, x, y) =>
    descending ? isLess(b, y!, x!) : isLess(b, x!, y!);

const isLess = (b: Builder, x: Value, y: Value): Value =>
  x.dtype === 'float32' ? b.or(b.less(x, y), b.and(b.isNaN(y), b.equal(x, x))) : b.less(x, y);
