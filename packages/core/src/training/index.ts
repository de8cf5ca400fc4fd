export * from '@basinlab/tensor/evaluation';
export { restorePopulation, takeCheckpoint } from './checkpoint.js';
export type { CheckpointSink, RestoreOptions } from './checkpoint.js';
export { clipGradients, globalNorm } from './clip.js';
export type { ClipOptions } from './clip.js';
export { compileDataOrder, epochKeys, keysOfModels } from './data-order.js';
export type { DataOrder } from './data-order.js';
export { earlyStopping } from './early-stopping.js';
export type { EarlyStopping, EarlyStoppingOptions } from './early-stopping.js';
export { compileEpoch } from './epoch-program.js';
export type { EpochDraws, EpochProgram, Progress, SegmentBounds } from './epoch-program.js';
export { populationKeys } from './keys.js';
export type { ModelKeys, PopulationKeys } from './keys.js';
export { adam, adamw, builtinOptimizers, muon, rmsprop, sgd } from './optimizers/index.js';
export type { AdamOptions, MuonOptions, RmspropOptions, SgdOptions } from './optimizers/index.js';
export { choosePlacement } from './placement.js';
export type { ChooserOptions, Placement, PlacementChooser } from './placement.js';
export { disposePopulation, startPopulation, executionFor, variablesOf } from './population.js';
export type { Group, Population, PopulationExecution } from './population.js';
export { defineUpdateRule } from './update-rule.js';
export type { UpdateRule, UpdateRuleDefinition } from './update-rule.js';
export {
  builtinSchedules,
  constant,
  cosine,
  cosineWarmup,
  exponential,
  linearWarmup,
  multiStep,
  sequence,
  sequenceOf,
  step,
} from './schedules/index.js';
export type {
  CosineOptions,
  CosineWarmupOptions,
  ExponentialOptions,
  LinearWarmupOptions,
  MultiStepOptions,
  SequenceOptions,
  StepOptions,
} from './schedules/index.js';
export { createEpochTrainer } from './train-epoch.js';
export type { EpochTrainer, EpochTrainerOptions, Segment } from './train-epoch.js';
export { trainPopulation } from './train-population.js';
export type { TrainedEvent, TrainingEvent, TrainingPlan } from './train-population.js';
export { trainingStep } from './training-step.js';
export type { ModelState, StepDefinition, StepPlace, Tally } from './training-step.js';
export { valueAndGradients } from './value-and-gradients.js';
