export type {
  Activation,
  ActivationBatch,
  ActivationField,
  ActivationLayer,
  ApplyOptions,
  AxisFactor,
  AxisRole,
  AxisSymmetry,
  Batch,
  CompositeAxis,
  Engine,
  EngineInfo,
  EngineStatus,
  Graph,
  GroupAxis,
  GroupElement,
  GroupKind,
  Initializer,
  InvertibleElement,
  Metric,
  MetricRow,
  MonomialElement,
  Network,
  OrthogonalElement,
  ParamSpec,
  PermutationElement,
  RotatedElement,
  Site,
  Split,
  StateSpec,
  StochasticElement,
  SymmetryTransform,
  Tap,
  Task,
  Tensors,
  Variables,
} from '@basinlab/tensor';
export type * from './architecture.js';
export type * from './dataset.js';
export type * from './executor.js';
export type * from './measurement.js';
export type * from './measurement-plot.js';
export type * from './optimizer.js';
export type * from './rebasin.js';
export type * from './reproduction.js';
export type * from './run-event.js';
export type * from './sink.js';
export type * from './symmetry-breaking.js';
