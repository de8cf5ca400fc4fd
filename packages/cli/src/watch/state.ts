import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { MetricRow } from '@basinlab/core';
import { readRunEvents } from '@basinlab/core/store';
import { runConfig, searchFolders } from '@basinlab/experiments';
import { progressFile, type FolderProgress } from '../progress/progress-file.js';

/** The loss of one model on one split, epoch by epoch. */
export interface Curve {
  readonly model: number;
  readonly split: string;
  readonly epochs: readonly number[];
  readonly loss: readonly (number | null)[];
}

/** A folder below the one that is watched, as the live page shows it. */
export interface WatchedFolder {
  /** Relative; `.` is the folder itself. */
  readonly path: string;
  readonly kind: 'run' | 'reproduction';
  /** What it holds in words. */
  readonly about: string;
  /** Epochs of models, or null where that is not known. */
  readonly done: number | null;
  readonly total: number | null;
  readonly finished: boolean;
  /** What a command that works there said last. */
  readonly progress: FolderProgress | null;
  /** Address of the report below the watched folder. */
  readonly report: string | null;
  readonly curves: readonly Curve[];
}

/** Reads what is in a folder, again and again: files that have not changed are not read twice. */
export function createWatcher(folder: string): () => Promise<readonly WatchedFolder[]> {
  const cache = new Map<string, { readonly stamp: string; readonly log: Log }>();
  const logOf = async (path: string): Promise<Log> => {
    const file = join(path, 'events.jsonl');
    const found = await stat(file).catch(() => null);
    if (found === null) return { curves: [], ended: false };
    const stamp = `${found.mtimeMs} ${found.size}`;
    const known = cache.get(path);
    if (known?.stamp === stamp) return known.log;
    const log = await readLog(path);
    cache.set(path, { stamp, log });
    return log;
  };
  const look = async (path: string): Promise<WatchedFolder | null> => {
    const config = await runConfig(join(path, 'config.json'));
    if (config !== null) return watchedRun(folder, path, config, await logOf(path));
    const { reproduction } = (await readJson(join(path, 'config.json'))) ?? {};
    return typeof reproduction === 'string' ? watchedReproduction(folder, path, reproduction) : null;
  };
  return () => searchFolders('report', [folder], look);
}

async function watchedRun(
  root: string,
  path: string,
  config: Readonly<Record<string, unknown>>,
  { curves, ended }: Log,
): Promise<WatchedFolder> {
  const experiment = config['config'] as {
    readonly training?: { readonly models?: number; readonly epochs?: number };
    readonly breaking?: { readonly id?: string };
    readonly dataset?: { readonly id?: string };
  };
  const { models = 0, epochs = 0 } = experiment.training ?? {};
  const trained = curves
    .filter(({ split }) => split === 'train')
    .reduce((sum, curve) => sum + curve.epochs.filter((epoch) => epoch > 0).length, 0);
  return {
    ...{ path: relative(root, path) || '.', kind: 'run', report: null, curves },
    about: `${experiment.breaking?.id ?? '?'} networks on ${experiment.dataset?.id ?? '?'}: ${models} models, ${epochs} epochs`,
    ...{ done: trained, total: models * epochs, finished: ended || trained >= models * epochs },
    progress: await readProgress(path),
  };
}

async function watchedReproduction(root: string, path: string, id: string): Promise<WatchedFolder> {
  const summary = await readJson(join(path, 'summary.json'));
  const verdicts = (summary?.['claims'] ?? []) as readonly { readonly verdict: string }[];
  const report = join(path, 'report.html');
  return {
    ...{ path: relative(root, path) || '.', kind: 'reproduction', curves: [], done: null, total: null },
    about:
      verdicts.length === 0
        ? id
        : `${id}: ${verdicts.filter(({ verdict }) => verdict === 'reproduced').length} of ${verdicts.length} statements reproduced`,
    finished: summary !== null,
    progress: await readProgress(path),
    report: existsSync(report) ? relative(root, report).replaceAll(sep, '/') : null, // part of an address
  };
}

async function readProgress(path: string): Promise<FolderProgress | null> {
  return (await readJson(join(path, progressFile))) as FolderProgress | null;
}

async function readJson(path: string): Promise<Record<string, unknown> | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** What a run's own log tells: its curves, and whether it says that all is trained, which early stopping makes true before the last epoch. */
interface Log {
  readonly curves: readonly Curve[];
  readonly ended: boolean;
}

/** Nothing while the last line of the log is being written. */
async function readLog(path: string): Promise<Log> {
  const events = await readRunEvents(path).catch(() => []);
  const curves = new Map<string, { model: number; split: string; epochs: number[]; loss: (number | null)[] }>();
  const rows = events.filter(({ kind }) => kind === 'metric').flatMap((event) => event['rows'] as readonly MetricRow[]);
  for (const { name, value, labels = {} } of rows) {
    const { model, split, epoch } = labels;
    if (name !== 'loss' || epoch === undefined) continue;
    const key = `${split} ${model}`;
    const curve = curves.get(key) ?? { model: Number(model) + 1, split: String(split), epochs: [], loss: [] };
    curve.epochs.push(Number(epoch));
    curve.loss.push(Number.isFinite(value) ? value : null);
    curves.set(key, curve);
  }
  return { curves: [...curves.values()], ended: events.some(({ kind }) => kind === 'progress') };
}
