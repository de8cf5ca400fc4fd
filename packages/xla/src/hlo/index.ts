export { Builder, broadcastShape } from './builder.js';
export type { FoldKind, Operand, RegionBody } from './builder.js';
export { argExtreme, cumulative, matMul, take } from './composites.js';
export { Graph, Value } from './graph.js';
export type { Node } from './graph.js';
export { fromLevels, levelTable } from './levels.js';
export type { LevelTable } from './levels.js';
export { levelsOf } from './picks.js';
export { batchGraph, lift } from './batch.js';
export { replayMixture } from './mixture.js';
export type { MixtureReplay } from './mixture.js';
export type { Batched, Op } from './op.js';
export { ops } from './ops/index.js';
export type {
  Comparison,
  ConvolutionAttrs,
  ConvolutionAxes,
  DotAttrs,
  GatherAttrs,
  ScatterAttrs,
  TriangularSolveAttrs,
  WindowAttrs,
} from './ops/index.js';
export { programText } from './text.js';
export { elementTypes, mlirType, sameShape, showType, sizeOf } from './types.js';
export type { DType, Precision, TensorType } from './types.js';
