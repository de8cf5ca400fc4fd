import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BasinlabError, demand } from '@basinlab/tensor';
import type { RunEvent } from '../contracts/run-event.js';
import { atomicWrite, removeTemporaries } from './atomic-write.js';
import { latestCheckpoint, listCheckpoints, writeCheckpoint } from './checkpoint.js';
import type { Checkpoint, FoundCheckpoint } from './checkpoint.js';
import { openEventLog, readEvents, readLog } from './event-log.js';
import type { EventLog, LogMark, LoggedEvent } from './event-log.js';
import { readAnyJson } from './json-file.js';
import { takeLock } from './lock.js';
import { makeFolder } from './make-folder.js';
import { metricRows } from './metric-rows.js';
import { checkParquet, writeParquet } from './parquet.js';

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What `config.json` holds: all that is needed to do the run again. */
export interface RunConfig {
  /** The resolved config: defaults filled in, seeds drawn. */
  readonly config: Json;
  /** Package name -> version, with node's and the engine's. */
  readonly versions: Readonly<Record<string, string>>;
  /** Plugin id -> hash of its module (`hashFile`). */
  readonly plugins: Readonly<Record<string, string>>;
  readonly [key: string]: Json;
}

/** A run's folder, held by this process until `close`. */
export interface Run {
  readonly directory: string;
  readonly config: RunConfig;
  /** Appends to `events.jsonl`. Of an activation batch only size and column names are kept. */
  append(event: RunEvent): Promise<void>;
  /** Events so far, without those that a resumption undid. */
  events(): Promise<LoggedEvent[]>;
  /** Writes `checkpoints/epoch-NNNNNN.safetensors` and the checkpoint event; both are durable on return. */
  checkpoint(epoch: number, content: Checkpoint, stage?: string): Promise<string>;
  /** Newest readable checkpoint, and newer damaged ones with the reason. */
  latestCheckpoint(): Promise<{ checkpoint: FoundCheckpoint | null; damaged: { path: string; error: BasinlabError }[] }>;
  listCheckpoints(): Promise<{ epoch: number; path: string }[]>;
  /** Records that the run goes on from this epoch's checkpoint, or from the start (null): later events up to now no longer count. */
  markResumed(epoch: number | null): Promise<void>;
  /** Writes `metrics.parquet` from the metric events; without any there is no such file. */
  writeMetrics(): Promise<void>;
  /** Writes the metrics, closes the log and lets go of the folder. */
  close(): Promise<void>;
}

/** Starts a run in a folder that holds none; its parents are made. */
export async function createRun(directory: string, config: RunConfig): Promise<Run> {
  await makeFolder(join(directory, 'checkpoints'));
  return hold(directory, async () => {
    const remedy = 'Resume it, or choose another folder.';
    demand(!(await exists(join(directory, 'config.json'))), directory, 'must be a folder without a run', 'one with config.json', remedy);
    await atomicWrite(join(directory, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
    return config;
  });
}

/** Opens an existing run to go on with it, also one whose process was killed. */
export async function openRun(directory: string): Promise<Run> {
  await readRunConfig(directory);
  await makeFolder(join(directory, 'checkpoints'));
  return hold(directory, () => readRunConfig(directory));
}

/** Reads `config.json` of a run, without holding it. */
export async function readRunConfig(directory: string): Promise<RunConfig> {
  const path = join(directory, 'config.json');
  const found = await readAnyJson(path).catch((cause: BasinlabError) => {
    if (!['ENOENT', 'ENOTDIR'].includes((cause.cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    throw new BasinlabError(directory, 'must be the folder of a run, with config.json', cause.got, { cause, exitCode: 2 });
  });
  if (isRecord(found) && 'config' in found && isTexts(found['versions']) && isTexts(found['plugins'])) return found as unknown as RunConfig;
  const got = isRecord(found) ? Object.keys(found).join(', ') || 'none' : typeof found;
  const remedy = 'The file is damaged, or belongs to no run';
  throw new BasinlabError(path, 'must hold config, and texts by name as versions and plugins', got, { exitCode: 2, remedy });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean => isRecord(value) && Object.values(value).every((text) => typeof text === 'string');

async function hold(directory: string, prepare: () => Promise<RunConfig>): Promise<Run> {
  const release = await takeLock(join(directory, 'lock'));
  try {
    const config = await prepare();
    await removeTemporaries(directory);
    await removeTemporaries(join(directory, 'checkpoints'));
    return run(directory, config, await openEventLog(join(directory, 'events.jsonl'), await measuredSince(directory)), release);
  } catch (error) {
    await release();
    throw error;
  }
}

/** What of the log `metrics.parquet` was made from; null where there is none, or one that is damaged and will be made again. */
async function measuredSince(directory: string): Promise<LogMark | null> {
  const { [markKey]: text } = await checkParquet(join(directory, 'metrics.parquet')).catch((): Readonly<Record<string, string>> => ({}));
  return text === undefined ? null : (JSON.parse(text) as LogMark);
}

/** In the footer of `metrics.parquet`. */
const markKey = 'basinlab.events';

function run(directory: string, config: RunConfig, log: EventLog, release: () => Promise<void>): Run {
  const checkpoints = join(directory, 'checkpoints');
  const eventsPath = join(directory, 'events.jsonl');
  const self: Run = {
    directory,
    config,
    append: (event) => log.append(event),
    events: async () => {
      await log.sync();
      return effectiveEvents(await readEvents(eventsPath));
    },
    async checkpoint(epoch, content, stage = 'train') {
      // What was measured up to here must not be lost where the checkpoint is not: nothing would measure it again.
      await log.sync();
      const path = await writeCheckpoint(checkpoints, epoch, content);
      await log.append({ kind: 'checkpoint', stage, path, epoch });
      await log.sync();
      return path;
    },
    latestCheckpoint: () => latestCheckpoint(checkpoints),
    listCheckpoints: () => listCheckpoints(checkpoints),
    markResumed: (epoch) => log.append({ kind: 'resumed', epoch }),
    async writeMetrics() {
      await log.sync();
      const { events, mark } = await readLog(eventsPath);
      const rows = metricRows(effectiveEvents(events));
      const path = join(directory, 'metrics.parquet');
      if (rows.length > 0) await writeParquet(path, rows, {}, { [markKey]: JSON.stringify(mark) });
      // Where a resumption has undone every row, a file from before would tell of rows that do not count. An empty log undoes nothing.
      else if (events.length > 0) await rm(path, { force: true });
    },
    async close() {
      try {
        await self.writeMetrics();
      } finally {
        // Whatever failed, the folder is let go of: another command of this process may go on with it.
        await log.close().finally(release);
      }
    },
  };
  return self;
}

/** Reads a run's events, without holding it: those that count, see `Run.markResumed`. */
export async function readRunEvents(directory: string): Promise<LoggedEvent[]> {
  return effectiveEvents(await readEvents(join(directory, 'events.jsonl')));
}

/**
 * A `resumed` line undoes what came after its epoch's checkpoint: after the checkpoint event or, where a crash came between the file and
 * that event, after the first resumption from the file. Where neither is there, nothing has come after.
 */
function effectiveEvents(events: readonly LoggedEvent[]): LoggedEvent[] {
  const kept: LoggedEvent[] = [];
  for (const event of events) {
    if (event.kind === 'resumed') {
      const isMark = ({ kind, epoch }: LoggedEvent): boolean => (kind === 'checkpoint' || kind === 'resumed') && epoch === event['epoch'];
      const from = event['epoch'] === null ? 0 : kept.findLastIndex(isMark) + 1;
      if (from > 0 || event['epoch'] === null) kept.length = from;
    }
    kept.push(event);
  }
  return kept;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
