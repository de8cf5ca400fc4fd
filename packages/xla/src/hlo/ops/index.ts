import { complexOps } from './complex.js';
import { contractionOps } from './contraction.js';
import { controlFlowOps } from './control-flow.js';
import { convolutionOps } from './convolution.js';
import { elementwiseOps } from './elementwise.js';
import { dynamicSliceOps } from './dynamic-slice.js';
import { gatherScatterOps } from './gather-scatter.js';
import { linearAlgebraOps } from './linear-algebra.js';
import { reductionOps } from './reduction.js';
import { shapeOps } from './shape.js';

/** The op table. */
export const ops = {
  ...elementwiseOps,
  ...shapeOps,
  ...contractionOps,
  ...reductionOps,
  ...dynamicSliceOps,
  ...gatherScatterOps,
  ...linearAlgebraOps,
  ...complexOps,
  ...convolutionOps,
  ...controlFlowOps,
};

export type { Comparison } from './elementwise.js';
export type { DotAttrs } from './contraction.js';
export type { WindowAttrs } from './reduction.js';
export type { GatherAttrs, ScatterAttrs } from './gather-scatter.js';
export type { TriangularSolveAttrs } from './linear-algebra.js';
export type { ConvolutionAttrs, ConvolutionAxes } from './convolution.js';
