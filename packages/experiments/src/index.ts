export { align, type AlignOptions, type AlignResult } from './library/align.js';
export { measure, type MeasureOptions } from './library/measure.js';
export { measurePair, type MeasurePairOptions, type MeasuredTables } from './library/measure-pair.js';
export { measureRuns, type MeasureRunsOptions } from './library/measure-runs.js';
export { train, type TrainOptions, type TrainResult } from './library/train.js';
export { workOf, type Work } from './library/work.js';
export { addModules, createBuiltinRegistry, createBuiltinRegistryWith, type LoadedRegistry, type OnFailedModule } from './registry.js';
export { applyFolders } from './configuration/apply-folders.js';
export { findConfiguration, type Configuration } from './configuration/find-configuration.js';
export { describePlugin, listRegistered, type DescribedPlugin, type ListedPlugin } from './plugins/list-registered.js';
export { tellNoSink, tellSinks, type TellSinks } from './plugins/tell-sinks.js';
export { Interrupted, stopIfInterrupted } from './errors/interrupted.js';
export { suggestion } from './errors/suggestion.js';
export { usageError } from './errors/usage-error.js';
export { fitToData } from './experiment/fit-to-data.js';
export { listSettings, type Setting } from './experiment/list-settings.js';
export { applyOverrides } from './experiment/override.js';
export { parseConfig, type ParseOptions } from './experiment/parse.js';
export { keepData, type DataKeeper } from './experiment/keep-data.js';
export { loadData, networkOf, planOf } from './experiment/plan.js';
export { resolveExperiment } from './experiment/resolve.js';
export { scales } from './experiment/scale.js';
export { experimentSchema, mnistMlp, type Experiment } from './experiment/schema.js';
export { importModels, type ImportedModels, type ImportModelsOptions } from './library/import-models.js';
export { trustFile, trustHere } from './trust.js';
export { confirmModules, listTrusted, takeTrustBack, type ConfirmedModule, type TrustedModule } from './plugins/confirm-modules.js';
export { typedModule } from './plugins/module-name.js';
export { modulePath, startingPoint, type StartingPoint } from './experiment/starting-point.js';
export { alignAlong, type AlignAlongOptions, type AlignedAlong, type Hop, type PairAtEpoch } from './pairs/align-along.js';
export { alignPair, type AlignPairOptions } from './pairs/align-pair.js';
export { alignmentOf, type AlignedModel, type AlignmentOptions } from './pairs/alignment.js';
export { standardVariables } from './pairs/standard-variables.js';
export {
  consecutivePairs,
  alignmentProgress,
  measureModels,
  splitNames,
  type MeasureModelsOptions,
  type SplitName,
} from './pairs/measure-models.js';
export { measurableOn, type Asked, type LeftOut, type Measurable } from './measurements/leave-out.js';
export { measureFile, type MeasureFileOptions } from './measurements/activations.js';
export { measureRun, type MeasureRunOptions } from './measurements/measure.js';
export { findMeasurement, parseRequests, strategyOf, type ParsedRequests } from './measurements/requests.js';
export { readTable, tableOf, wholeRows, writeTable, type MeasurementTable } from './measurements/table.js';
export { fileName, writeMeasurement, type WriteMeasurementOptions } from './measurements/write.js';
export { epochsOf, openRuns, type NamedRun } from './runs/open-models.js';
export { findPreset, overridesOf, presets, type Preset } from './presets/index.js';
export { presetRow, type PresetRow } from './presets/rows.js';
export { renderConfigurations } from './presets/render-docs.js';
export { readWeights, type Weights } from './runs/torch/read-weights.js';
export { fixedScaleOf, importRun, networkKey, settingsIn, type ImportOptions } from './runs/interop.js';
export { savedModelIn, type SavedModel, weightFormatOf, writeFormat, writeInFormat, type ChosenFormat } from './runs/weight-format.js';
export { demandComparable, type Growth, type RunSettings } from './runs/comparable.js';
export { pairAtOneSize, type OneSize } from './runs/one-size.js';
export { inForm, inOwnForm } from './runs/rewrite.js';
export {
  loadModels,
  loadOptimizerState,
  openExperiment,
  type LoadedModels,
  type LoadRegistry,
  type OpenedRun,
} from './runs/load-models.js';
export { withAllModules, type WithheldModule } from './runs/withhold.js';
export { parseModelRef, type ModelRef } from './runs/model-ref.js';
export { runConfig, searchFolders } from './runs/search-folders.js';
export { openPair, type ModelPair, type OpenedPairs } from './runs/open-pairs.js';
export { trainAndTest, type ModelResult, type TrainAndTestOptions } from './runs/train-and-test.js';
export { trainRun, type TrainRunOptions } from './runs/train-run.js';
export * from './executors/index.js';
export { choosePlugin } from './experiment/plugin-choice.js';
export { openDatabase, type QueryResult, type RunDatabase } from './queries/database.js';
export { findRuns, type FoundFolder } from './queries/find-runs.js';
export { plainValue, type PlainValue } from './queries/plain-value.js';
export * from './sweeps/index.js';
export { version } from './version.js';
/** What commands need of alignments beside the pairs above. */
export { stageCosts, verdictOf, type StageCost } from '@basinlab/rebasin';
