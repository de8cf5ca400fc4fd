import { defineOp, pointwise } from '../op.js';

/** Its inputs, which the compiler must have computed here: it neither moves operations across nor repeats them on the other side. */
export const optimizationBarrier = defineOp({
  name: 'optimization_barrier',
  infer: (inputs) => inputs.map(({ shape, dtype }) => ({ shape, dtype })),
  batch: pointwise,
});

export const barrierOps = { optimizationBarrier };
