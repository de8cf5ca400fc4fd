import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type {
  EngineInfo,
  LoadedDataset,
  MeasurementRow,
  MetricRow,
  PopulationLabels,
  PopulationRequest,
  RunEvent,
  Scale,
} from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { readRunEvents } from '@basinlab/core/store';
import { findPreset, fitToData, overridesOf, resolveExperiment, trainAndTest, usageError, type Experiment } from '@basinlab/experiments';

/** A population with its settings resolved and its place in the store. */
export interface PlannedPopulation {
  readonly labels: PopulationLabels;
  readonly experiment: Experiment;
  /** Below the store: readable, and the same for the same settings, so that figures share it. */
  readonly name: string;
}

/** Checkpoints that are kept, so that one run serves figures at its end and over its epochs: each of a few epochs, every fifth of many. */
export function keptEpochs(epochs: number): number[] {
  const every = epochs <= 20 ? 1 : 5;
  return Array.from({ length: Math.floor(epochs / every) + 1 }, (_, index) => index * every);
}

/** Resolves what a reproduction asks for, before anything is trained. Throws usage errors for settings that do not fit. */
export function planPopulations(
  id: string,
  requests: readonly PopulationRequest[],
  { scale, overrides, registry }: { scale: Scale; overrides: readonly string[]; registry: Registry },
): PlannedPopulation[] {
  return requests.map(({ labels, preset, experiment, set = [] }) => {
    if ((preset === undefined) === (experiment === undefined))
      throw usageError(id, 'populations with either a preset or an experiment', { preset, experiment });
    const found = preset === undefined ? undefined : findPreset(preset);
    const base = found?.experiment ?? experiment;
    const own = [...(found === undefined ? [] : overridesOf(found, scale)), ...set, ...overrides];
    const { epochs } = resolveExperiment(id, base, own, registry).training;
    const kept = `training.keepCheckpoints=${JSON.stringify(keptEpochs(epochs))}`;
    const resolved = resolveExperiment(
      id,
      base,
      [...own.filter((override) => !override.startsWith('training.keepCheckpoints=')), kept],
      registry,
    );
    return { labels, experiment: resolved, name: `${preset ?? slug(labels)}-${hashOf(resolved)}` };
  });
}

const hashOf = (experiment: Experiment): string => createHash('sha256').update(JSON.stringify(experiment)).digest('hex').slice(0, 10);
const slug = (labels: PopulationLabels): string =>
  Object.values(labels)
    .map(String)
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-');

export interface TrainedPopulation extends PlannedPopulation {
  readonly directory: string;
  /** Test accuracy in percent and test loss of every model. */
  readonly models: readonly MeasurementRow[];
  /** Accuracy in percent and loss over epochs. */
  readonly training: readonly MeasurementRow[];
}

export interface TrainOptions {
  readonly store: string;
  readonly data: LoadedDataset;
  readonly registry: Registry;
  readonly plugins: Readonly<Record<string, string>>;
  readonly engine: EngineInfo;
  readonly signal: AbortSignal;
  /** Wait for another process that trains it, instead of throwing. */
  readonly wait?: boolean;
  emit(event: RunEvent): void;
}

/** Trains a population into the store, on from an interruption, or takes it from there. */
export async function trainPopulation(planned: PlannedPopulation, { store, emit, ...options }: TrainOptions): Promise<TrainedPopulation> {
  const { labels, experiment, name } = planned;
  const directory = join(store, name);
  const about = Object.values(labels)
    .filter((value) => value !== null)
    .join(' ');
  const { models } = await trainAndTest({
    directory,
    experiment,
    ...options,
    emit: (event) => emit(event.kind === 'progress' ? { ...event, stage: `${event.stage} ${about}` } : event),
  });
  return {
    ...planned,
    experiment: fitToData(experiment, options.registry, options.data),
    directory,
    models: models.map(({ model, accuracy, loss }) => ({ ...labels, model: String(model), accuracy: 100 * accuracy, loss })),
    training: await curvesOf(directory, labels),
  };
}

/** Curves from the run's own log, so that populations trained in an earlier call have theirs. */
async function curvesOf(directory: string, labels: PopulationLabels): Promise<MeasurementRow[]> {
  const events = await readRunEvents(directory);
  const rows = events.filter(({ kind }) => kind === 'metric').flatMap((event) => event['rows'] as readonly MetricRow[]);
  const losses = new Map(rows.filter(({ name }) => name === 'loss').map((row) => [JSON.stringify(row.labels), row.value]));
  return rows
    .filter(({ name }) => name === 'accuracy')
    .map(({ value, labels: at = {} }) => ({
      ...labels,
      model: String(Number(at['model']) + 1),
      epoch: Number(at['epoch']),
      split: String(at['split']),
      accuracy: 100 * value,
      loss: losses.get(JSON.stringify(at)) ?? null,
    }));
}
