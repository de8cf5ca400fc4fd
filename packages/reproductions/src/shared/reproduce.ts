import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ComputedTable,
  EngineInfo,
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
import { keepData, type Point, readTable, type Step, type TellSinks, usageError, version, writeTable } from '@basinlab/experiments';
import { from } from 'rxjs';
import { claim } from './claim.js';
import type { JudgedClaim, Summary } from './contract.js';
import { measuredTables, ontoNames } from './measured-tables.js';
import { planPopulations, type PlannedPopulation } from './populations.js';
import { writeReport } from './report.js';
import { settingsOf } from './settings.js';
import { planMeasurements } from './tables.js';

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
  /** Names of the populations that this process works on, beside others; default all. */
  readonly only?: readonly string[];
  /** `train` leaves measuring to others. */
  readonly step?: Step;
  /** Tells sinks of every population that is trained or measured now, as of a run of its own. Default: none. */
  readonly tell?: TellSinks;
  emit(event: RunEvent): void;
}

/** A reproduction with everything resolved that can be before anything is computed. */
export interface PlannedReproduction {
  /** Of the reproduction, for messages. */
  readonly id: string;
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
  tell,
}: Pick<ReproduceOptions, 'reproduction' | 'scale' | 'set' | 'registry' | 'metrics' | 'tell'>): PlannedReproduction {
  const { own: settings, experiments } = settingsOf(reproduction, scale, set);
  const seed = (settings as { seed?: number }).seed ?? 1;
  const requests = reproduction.populations?.(settings, scale) ?? [];
  if (metrics.length > 0 && requests.length === 0) throw usageError(reproduction.id, 'populations that --metric can measure', 'none');
  if (tell !== undefined && requests.length === 0) throw usageError(reproduction.id, 'populations that --sink can tell of', 'none');
  const overrides = [`seed=${seed}`, ...experiments];
  const more = metrics.length === 0 ? [] : [{ measurements: metrics.map((id) => ({ id, table: `extra-${id}` })) }];
  const measurements = planMeasurements(reproduction.id, [...(reproduction.measurements?.(settings) ?? []), ...more], registry);
  demandFreeNames(reproduction.id, requests, measurements);
  return {
    id: reproduction.id,
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
  const { reproduction, scale, out, engine, command, emit } = options;
  const began = performance.now();
  const planned = planReproduction(options);
  const data = keepData(options.registry);
  // Data that are missing are told of before a folder is made.
  if (planned.populations[0] !== undefined) await data.of(planned.populations[0].experiment);
  await prepare(options, planned);
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

/**
 * Trains some populations of a figure into the store and, unless `step` is `train`, measures them: what one of several processes does. `reproduce` finds it
 * done.
 */
export async function reproducePart(options: ReproduceOptions): Promise<void> {
  const planned = planReproduction(options);
  await measuredTables(options, planned, keepData(options.registry));
}

/**
 * What a figure consists of for several processes: its populations, with those that a measurement brings them to. Claims the folder, and with `fresh` empties
 * it.
 */
export async function splitReproduction(
  options: Omit<ReproduceOptions, 'engine' | 'command' | 'emit'>,
): Promise<{ points: readonly Point[]; measured: boolean }> {
  const planned = planReproduction(options);
  await prepare(options, planned);
  const points = planned.populations.map((population) => ({ name: population.name, also: ontoNames(population, planned) }));
  return { points: [...new Map(points.map((point) => [point.name, point])).values()], measured: planned.measurements.length > 0 };
}

/** Makes the folder this figure's: with `fresh` whatever was in it goes. */
async function prepare(
  { reproduction, out, fresh = false }: Pick<ReproduceOptions, 'reproduction' | 'out' | 'fresh'>,
  planned: PlannedReproduction,
): Promise<void> {
  await makeFolder(out);
  await claim(out, reproduction.id, configOf(planned), fresh);
  if (fresh) for (const folder of ['populations', 'tables', 'jobs']) await rm(join(out, folder), { recursive: true, force: true });
  await rm(join(out, 'summary.json'), { force: true });
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
