import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { EngineInfo, LoadedDataset, RunEvent, SinkRun } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { readJson, readRunConfig, writeJson } from '@basinlab/core/store';
import { stopIfInterrupted } from '../errors/interrupted.js';
import { usageError } from '../errors/usage-error.js';
import { decisiveSettings } from '../experiment/decisive.js';
import { fitToData, leftToData } from '../experiment/fit-to-data.js';
import type { Experiment } from '../experiment/schema.js';
import { keepData, type DataKeeper } from '../experiment/keep-data.js';
import { trainAndTest, type ModelResult } from '../runs/train-and-test.js';
import { tellNoSink, type TellSinks } from '../plugins/tell-sinks.js';
import type { Combination } from './grid.js';
import type { MeasurementRequest } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { executionFor } from '@basinlab/core/training';
import { measureRun } from '../measurements/measure.js';
import { tableOf, wholeRows } from '../measurements/table.js';
import { writeMeasurement } from '../measurements/write.js';
import { epochsOf } from '../runs/open-models.js';

/** A run of a sweep that is to be made, or is there. */
export interface SweepRun extends Combination {
  readonly directory: string;
  readonly experiment: Experiment;
}

/** What a run of a sweep came to; `result.json` in its folder. */
export interface RunOutcome {
  readonly models: readonly ModelResult[];
  /** What was measured, with its options, to tell whether it has to be measured again. */
  readonly requests: readonly { readonly id: string; readonly options: unknown }[];
  /** Values by `<measurement>.<column>`: one per model, pair, layer or whatever else the measurement looks at. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** The runs of a sweep and what is measured on each. */
export interface SweepOptions {
  readonly runs: readonly SweepRun[];
  /** What is measured on every run, on the test split and without alignment. */
  readonly requests: readonly MeasurementRequest[];
  readonly registry: Registry;
  readonly plugins: Readonly<Record<string, string>>;
  readonly engine: EngineInfo;
  readonly signal: AbortSignal;
  /** Wait for other processes that train the same runs, instead of throwing. */
  readonly wait?: boolean;
  /** Tells sinks of every run that is trained or measured now. Default: none. */
  readonly tell?: TellSinks;
  emit(event: RunEvent): void;
}

/** Refuses, before anything is trained, a folder that holds a run of other settings. */
export async function checkFolders(runs: readonly SweepRun[], registry: Registry): Promise<void> {
  for (const { directory, experiment } of runs) {
    if (!existsSync(join(directory, 'config.json'))) continue;
    const { config } = await readRunConfig(directory);
    const made = config as Experiment;
    const [before, now] = [made, withSizesOf(made, experiment, registry)].map((each) =>
      JSON.stringify(decisiveSettings(each, each.training.population)),
    );
    if (before !== now) throw usageError(directory, 'a run of the same settings, or none', 'a run of others', 'Choose another --out');
  }
}

/** Settings with the sizes that they leave to the data taken from those of a run that was made. */
function withSizesOf(made: Experiment, experiment: Experiment, registry: Registry): Experiment {
  const sizes = leftToData(experiment, registry).map((name) => [name, made.architecture.options[name]]);
  const options = { ...experiment.architecture.options, ...Object.fromEntries(sizes) };
  return { ...experiment, architecture: { ...experiment.architecture, options } };
}

/** Trains and measures every run that has not finished, one after the other, and gives all outcomes in order. */
export async function runSweep({ runs, requests, emit, ...rest }: SweepOptions): Promise<readonly RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  const data = keepData(rest.registry);
  try {
    for (const [index, run] of runs.entries()) {
      stopIfInterrupted(rest.signal);
      const place = `${index + 1}/${runs.length} ${run.name}`;
      const there = await finished(run.directory, requests);
      outcomes.push(there ?? (await oneRun(await fit(run, data, rest.registry), requests, { ...rest, emit: naming(place, emit) })));
    }
    return outcomes;
  } finally {
    data.dispose();
  }
}

/** Trains every run that has not been trained, and measures nothing: what one of several processes does of a sweep. */
export async function trainSweep({ runs, emit, tell = tellNoSink, ...rest }: SweepOptions): Promise<void> {
  const data = keepData(rest.registry);
  try {
    for (const run of runs) {
      const fitted = await fit(run, data, rest.registry);
      await tell(runOf(fitted), naming(run.name, emit), (told) => trainAndTest({ ...fitted, ...rest, emit: told }));
    }
  } finally {
    data.dispose();
  }
}

/** A run as sinks know it. */
const runOf = ({ directory, experiment }: FittedRun): SinkRun => ({
  name: `${basename(dirname(directory))}/${basename(directory)}`,
  config: experiment,
});

async function oneRun(
  run: FittedRun,
  requests: readonly MeasurementRequest[],
  { tell = tellNoSink, ...options }: Omit<SweepOptions, 'runs' | 'requests'>,
): Promise<RunOutcome> {
  const { directory } = run;
  return tell(runOf(run), options.emit, async (emit) => {
    const { models } = await trainAndTest({ ...run, ...options, emit });
    const values = await measureAll(run, requests, { ...options, emit });
    const outcome: RunOutcome = { models, requests: describe(requests), values };
    await writeJson(join(directory, 'result.json'), outcome);
    return outcome;
  });
}

/** Measures a run into its folder. Returns the numbers of whole paths, layers and models. */
async function measureAll(
  { directory, experiment, data }: FittedRun,
  requests: readonly MeasurementRequest[],
  { registry, engine, signal, emit }: Omit<SweepOptions, 'runs' | 'requests'>,
): Promise<RunOutcome['values']> {
  if (requests.length === 0) return {};
  const run = { directory, experiment, registry };
  const found: Extract<RunEvent, { kind: 'measured' }>[][] = requests.map(() => []);
  const epochs = await epochsOf(run, requests.every(({ measurement }) => measurement.of === 'trajectory') ? 'all' : 'last');
  await drain(measureRun({ run, data, requests, epochs, execution: executionFor(engine.platform) }), {
    signal,
    onEvent: (event) => {
      if (event.kind === 'measured') found[event.request]!.push(event);
      emit(event);
    },
  });
  const values: Record<string, readonly number[]> = {};
  for (const [index, { measurement, options }] of requests.entries()) {
    const table = tableOf(measurement, found[index]!);
    await writeMeasurement({ directory, measurement, options, table, settings: { epochs, splits: ['test'], engine: engine.id } });
    const rows = wholeRows(measurement, table.rows);
    for (const { name, role, type } of measurement.columns) {
      const own = rows.map((row) => row[name]).filter((value) => typeof value === 'number');
      if (role === 'value' && type === 'number' && own.length > 0) values[`${measurement.id}.${name}`] = own;
    }
  }
  return values;
}

const describe = (requests: readonly MeasurementRequest[]): RunOutcome['requests'] =>
  requests.map(({ measurement: { id }, options }) => ({ id, options }));

/** The outcome of a run that has been measured as it should be; null for any other, also where what was kept is damaged: then it is measured again. */
async function finished(directory: string, requests: readonly MeasurementRequest[]): Promise<RunOutcome | null> {
  if (!existsSync(join(directory, 'config.json'))) return null;
  const outcome = (await readJson(join(directory, 'result.json')).catch(() => null)) as RunOutcome | null;
  return outcome !== null && JSON.stringify(outcome.requests) === JSON.stringify(describe(requests)) ? outcome : null;
}

/** A run with its data, and all sizes as they have them. */
type FittedRun = Pick<SweepRun, 'directory' | 'experiment'> & { readonly data: LoadedDataset };

async function fit({ directory, experiment }: SweepRun, keeper: DataKeeper, registry: Registry): Promise<FittedRun> {
  const data = await keeper.of(experiment);
  return { directory, experiment: fitToData(experiment, registry, data), data };
}

const naming =
  (place: string, emit: (event: RunEvent) => void) =>
  (event: RunEvent): void =>
    emit(event.kind === 'progress' ? { ...event, stage: `${place}: ${event.stage}` } : event);
