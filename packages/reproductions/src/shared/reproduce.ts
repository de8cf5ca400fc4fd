import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ComputedTable,
  EngineInfo,
  MeasurementPlan,
  MeasurementRow,
  PopulationRequest,
  Reproduction,
  ResultTable,
  ResultTables,
  RunEvent,
  Scale,
} from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { drain } from '@basinlab/core/pipeline';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { atomicWrite, makeFolder, readAnyJson } from '@basinlab/core/store';
import { loadData, readTable, stopIfInterrupted, usageError, version, writeTable } from '@basinlab/experiments';
import { from } from 'rxjs';
import { claim } from './claim.js';
import { axis, label } from './columns.js';
import type { JudgedClaim, Summary } from './contract.js';
import { planPopulations, trainPopulation, type PlannedPopulation, type TrainedPopulation } from './populations.js';
import { writeReport } from './report.js';
import { settingsOf } from './settings.js';
import { measurePopulation, planMeasurements } from './tables.js';

/** A reproduction, its scale and settings, and where it is written. */
export interface ReproduceOptions {
  readonly reproduction: Reproduction;
  readonly scale: Scale;
  /** `path=value` overrides; see `settingsOf`. */
  readonly set: readonly string[];
  /** Folder of the results. */
  readonly out: string;
  /** Folder of trained populations, which figures share. Default `populations` in the results' folder. */
  readonly store?: string;
  /** Measurements beside the reproduction's own, made on all its populations: ids, such as those of a plugin. */
  readonly metrics?: readonly string[];
  /** Start over, whatever is in `out`. */
  readonly fresh?: boolean;
  /** What the user could type to do this again. */
  readonly command: string;
  readonly engine: EngineInfo;
  readonly registry: Registry;
  /** Module file -> hash, of plugins that are not built in. */
  readonly plugins?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  emit(event: RunEvent): void;
}

/** A reproduction with everything resolved that can be before anything is computed. */
export interface PlannedReproduction {
  readonly settings: unknown;
  readonly seed: number;
  readonly populations: readonly PlannedPopulation[];
  readonly measurements: ReturnType<typeof planMeasurements>;
}

/** Resolves settings, populations and measurements. Throws usage errors for whatever does not fit, before a folder is made. */
export function planReproduction({
  reproduction,
  scale,
  set,
  registry,
  metrics = [],
}: Pick<ReproduceOptions, 'reproduction' | 'scale' | 'set' | 'registry' | 'metrics'>): PlannedReproduction {
  const { own: settings, experiments } = settingsOf(reproduction, scale, set);
  const seed = (settings as { seed?: number }).seed ?? 1;
  const requests = reproduction.populations?.(settings, scale) ?? [];
  if (metrics.length > 0 && requests.length === 0) throw usageError(reproduction.id, 'populations that --metric can measure', 'none');
  const overrides = [`seed=${seed}`, ...experiments];
  const more = metrics.length === 0 ? [] : [{ measurements: metrics.map((id) => ({ id, table: `extra-${id}` })) }];
  const measurements = planMeasurements(reproduction.id, [...(reproduction.measurements?.(settings) ?? []), ...more], registry);
  demandFreeNames(reproduction.id, requests, measurements);
  return {
    settings,
    seed,
    populations: planPopulations(reproduction.id, requests, { scale, overrides, registry }),
    measurements,
  };
}

/** Labels stand in front of a measurement's columns: one name cannot be both. */
function demandFreeNames(id: string, requests: readonly PopulationRequest[], measurements: ReturnType<typeof planMeasurements>): void {
  const labels = new Set(requests.flatMap((request) => Object.keys(request.labels)));
  for (const { measurement } of measurements.flatMap((planned) => planned.requests)) {
    const taken = measurement.columns.find(({ name }) => labels.has(name));
    if (taken !== undefined) throw usageError(id, `labels that are no columns of ${measurement.id}`, taken.name);
  }
}

/**
 * Makes a figure again: trains the populations that the store lacks, measures what has not been measured, and writes the tables (Parquet), the plots (SVG),
 * `report.html` and last `summary.json`, whose presence says that all is there. Whatever was finished before an interruption is taken as it is.
 */
export async function reproduce(options: ReproduceOptions): Promise<{ summary: Summary; report: string }> {
  const { reproduction, scale, out, fresh = false, engine, command, emit } = options;
  const began = performance.now();
  const planned = planReproduction(options);
  const data = dataKeeper(options.registry);
  // Data that are missing are told of before a folder is made.
  if (planned.populations[0] !== undefined) await data.of(planned.populations[0].experiment);
  await makeFolder(out);
  await claim(out, reproduction.id, configOf(planned), fresh);
  if (fresh) for (const folder of ['populations', 'tables']) await rm(join(out, folder), { recursive: true, force: true });
  await rm(join(out, 'summary.json'), { force: true });
  const found = { ...(await measuredTables(options, planned, data)), ...(await computedTables(options, planned)) };
  const tables = { ...found, ...reproduction.derive?.(found, planned.settings) };
  for (const [name, table] of Object.entries(tables)) {
    const path = join(out, `${name}.parquet`);
    await writeTable(path, table);
    emit({ kind: 'artifact', path, mediaType: 'application/vnd.apache.parquet' });
  }
  const [main] = Object.keys(tables);
  if (main !== undefined) await writeTable(join(out, 'results.parquet'), tables[main]!);
  await atomicWrite(
    join(out, 'tables.json'),
    `${JSON.stringify(Object.fromEntries(Object.entries(tables).map(([name, { columns }]) => [name, columns])))}\n`,
  );
  const rows = reproduction.summarize(tables, planned.settings);
  const summary: Summary = {
    id: reproduction.id,
    scale,
    engine: engine.id,
    engineDetails: engine,
    version,
    command,
    config: configOf(planned),
    seeds: { seed: planned.seed },
    seconds: Math.round(performance.now() - began) / 1000,
    rows,
    claims: judge(reproduction, rows, tables, planned.settings, scale),
  };
  const report = await writeReport(reproduction, summary, tables, out);
  emit({ kind: 'artifact', path: report, mediaType: 'text/html' });
  await atomicWrite(join(out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return { summary, report };
}

const configOf = ({ settings, populations, measurements }: PlannedReproduction): unknown => ({
  settings,
  populations: populations.map(({ labels, experiment }) => ({ labels, experiment })),
  measurements: measurements.map(({ plan }) => plan),
});

/** Verdicts by the rules that are written beside them. A trial is too small for any. */
function judge(reproduction: Reproduction, rows: Summary['rows'], tables: ResultTables, settings: unknown, scale: Scale): JudgedClaim[] {
  return reproduction.claims.map(({ statement, paper, rule, check }) => {
    const { ours, holds } = check({ rows, tables }, settings);
    const comparable = holds !== null && scale !== 'smoke';
    return { statement, paper, rule, ours, verdict: !comparable ? 'cannot be compared' : holds ? 'reproduced' : 'not reproduced' };
  });
}

async function measuredTables(
  options: ReproduceOptions,
  planned: PlannedReproduction,
  data: ReturnType<typeof dataKeeper>,
): Promise<ResultTables> {
  const { out, registry, engine, signal, emit, plugins = {}, store = join(out, 'populations') } = options;
  if (planned.populations.length === 0) return {};
  const tables: Record<string, { columns: ResultTable['columns']; rows: MeasurementRow[] }> = {};
  const add = (name: string, { columns, rows }: ResultTable): void => {
    tables[name] ??= { columns, rows: [] };
    for (const row of rows) tables[name].rows.push(row);
  };
  const trained: TrainedPopulation[] = [];
  try {
    for (const population of planned.populations) {
      stopIfInterrupted(signal);
      const loaded = await data.of(population.experiment);
      const one = await trainPopulation(population, { store, data: loaded, registry, plugins, engine, signal, emit });
      trained.push(one);
      for (const measurements of planned.measurements) {
        if (measurements.plan.on?.(population.labels) === false) continue;
        const measured = await measurePopulation(one, measurements, {
          ...{ data: loaded, registry, engine, signal, emit, seed: planned.seed },
          folder: join(out, 'tables'),
          ...(measurements.plan.onto && { onto: ontoOf(options.reproduction.id, trained, measurements.plan) }),
        });
        for (const [name, table] of Object.entries(measured)) add(name, table);
      }
    }
  } finally {
    data.dispose();
  }
  for (const { labels, models, training } of trained) {
    add('models', { columns: columnsOf(labels, ['model'], []), rows: models });
    add('training', { columns: columnsOf(labels, ['model', 'split'], ['epoch']), rows: training });
  }
  return tables;
}

/** The population that others are brought to. */
function ontoOf(id: string, trained: readonly TrainedPopulation[], { onto }: MeasurementPlan): TrainedPopulation {
  const found = trained.find(({ labels }) => onto!(labels));
  if (found === undefined) throw usageError(id, 'a population to bring others to, listed before these', 'none');
  return found;
}

function columnsOf(labels: PlannedPopulation['labels'], texts: readonly string[], numbers: readonly string[]): ResultTable['columns'] {
  return [
    ...Object.entries(labels).map(([name, value]) => (typeof value === 'string' ? label : axis)(name, name)),
    ...texts.map((name) => label(name, name)),
    ...numbers.map((name) => axis(name, name)),
    { name: 'accuracy', summary: 'accuracy', role: 'value', type: 'number', unit: '%', range: [0, 100], better: 'higher' },
    { name: 'loss', summary: 'mean loss', role: 'value', type: 'number', unit: 'nats', better: 'lower' },
  ];
}

/** Tables of a computation; one that an earlier call has finished is not made again. */
async function computedTables(
  { reproduction, out, engine, signal, emit }: ReproduceOptions,
  { settings, seed }: PlannedReproduction,
): Promise<ResultTables> {
  if (reproduction.compute === undefined) return {};
  const index = join(out, 'tables', 'computed.json');
  const tables: Record<string, ResultTable> = {};
  if (existsSync(index)) {
    const names = (await readAnyJson(index)) as { table: string; columns: ResultTable['columns'] }[];
    for (const { table, columns } of names) tables[table] = await readTable(join(out, 'tables', `${table}.parquet`), columns);
    return tables;
  }
  await makeFolder(join(out, 'tables'));
  const made: ComputedTable[] = [];
  const computed = reproduction.compute(settings, {
    key: childKey(keyFromSeed(seed), reproduction.id),
    engine,
    signal,
    progress: (stage, done, total) => emit({ kind: 'progress', stage, done, total, unit: 'step' }),
  });
  await drain(from(computed), { signal, onEvent: (table) => void made.push(table) });
  for (const { table, columns, rows } of made) {
    const path = join(out, 'tables', `${table}.parquet`);
    await writeTable(path, { columns, rows });
    tables[table] = await readTable(path, columns);
  }
  await atomicWrite(index, `${JSON.stringify(made.map(({ table, columns }) => ({ table, columns })))}\n`);
  return tables;
}

/** Keeps the data of the last population on the device: most figures have one data set. */
function dataKeeper(registry: Registry) {
  let kept: { key: string; data: Awaited<ReturnType<typeof loadData>> } | undefined;
  return {
    async of(experiment: PlannedPopulation['experiment']) {
      const key = JSON.stringify(experiment.dataset);
      if (kept?.key === key) return kept.data;
      kept?.data.dispose();
      kept = undefined;
      kept = { key, data: await loadData(experiment, registry) };
      return kept.data;
    },
    dispose: () => kept?.data.dispose(),
  };
}
