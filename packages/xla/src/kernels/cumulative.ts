import { cumulative } from '../hlo/index.js';
import { countable } from './dtypes.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';
import { axisOf } from './reductions.js';

interface CumulativeAttrs {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

const running = (kind: 'add' | 'multiply'): Lowering =>
  lowering<'x', CumulativeAttrs>((b, { x }, { axis, exclusive, reverse }) =>
    x.shape.length === 0 ? x : cumulative(b, countable(b, x), kind, axisOf(axis, x.shape), { exclusive, reverse }),
  );

export const cumulativeKernels: Readonly<Record<string, Lowering>> = { Cumsum: running('add'), Cumprod: running('multiply') };
