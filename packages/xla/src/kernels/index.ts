/**
 * tfjs kernels as graph nodes: a backend registers every row of `kernels` and runs it eagerly as a one-op program or, under `jit`, as
 * part of a larger one. Meanings are those of tfjs' `cpu` backend; where they differ, `docs/kernels.md` says so.
 */
import { activationKernels } from './activations.js';
import { binaryKernels } from './binary.js';
import { blockKernels } from './blocks.js';
import { complexKernels } from './complex.js';
import { convolutionKernels } from './convolution.js';
import { countingKernels } from './counting.js';
import { creationKernels } from './creation.js';
import { cumulativeKernels } from './cumulative.js';
import { depthwiseKernels } from './depthwise.js';
import { dynamicSliceKernels } from './dynamic-slice.js';
import { einsumKernels } from './einsum.js';
import { gatherScatterKernels } from './gather-scatter.js';
import { linearAlgebraKernels } from './linear-algebra.js';
import type { Lowering } from './lowering.js';
import { matMulKernels } from './mat-mul.js';
import { normalizationKernels } from './normalization.js';
import { orderKernels } from './order.js';
import { poolingKernels } from './pooling.js';
import { reductionKernels } from './reductions.js';
import { resizeKernels } from './resize.js';
import { selectKernels } from './select.js';
import { shapeKernels } from './shape.js';
import { slicingKernels } from './slicing.js';
import { threefryKernels } from './threefry.js';
import { unaryKernels } from './unary.js';

/** Kernel name -> lowering, for every kernel of tfjs-core that has one and for those of `@basinlab/tensor`. */
export const kernels: Readonly<Record<string, Lowering>> = {
  ...unaryKernels,
  ...activationKernels,
  ...binaryKernels,
  ...selectKernels,
  ...matMulKernels,
  ...einsumKernels,
  ...convolutionKernels,
  ...depthwiseKernels,
  ...poolingKernels,
  ...reductionKernels,
  ...cumulativeKernels,
  ...normalizationKernels,
  ...shapeKernels,
  ...slicingKernels,
  ...blockKernels,
  ...gatherScatterKernels,
  ...countingKernels,
  ...orderKernels,
  ...creationKernels,
  ...resizeKernels,
  ...linearAlgebraKernels,
  ...complexKernels,
  ...dynamicSliceKernels,
  ...threefryKernels,
};

export { takesComplex } from './complex.js';
export { unloweredKernels } from './unlowered.js';
export type { Lowering } from './lowering.js';
