import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
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
  const cache = new Map<string, { readonly stamp: string; readonly curves: readonly Curve[] }>();
  const curvesOf = async (path: string): Promise<readonly Curve[]> => {
    const file = join(path, 'events.jsonl');
    const found = await stat(file).catch(() => null);
    if (found === null) return [];
    const stamp = `${found.mtimeMs} ${found.size}`;
    const known = cache.get(path);
    if (known?.stamp === stamp) return known.curves;
    const curves = await readCurves(path);
    cache.set(path, { stamp, curves });
    return curves;
  };
  const look = async (path: string): Promise<WatchedFolder | null> => {
    const config = await runConfig(join(path, 'config.json'));
    if (config !== null) return watchedRun(folder, path, config, await curvesOf(path));
    const { reproduction } = (await readJson(join(path, 'config.json'))) ?? {};
    return typeof reproduction === 'string' ? watchedReproduction(folder, path, reproduction) : null;
  };
  return () => searchFolders('report', [folder], look);
}

async function watchedRun(
  root: string,
  path: string,
  config: Readonly<Record<string, unknown>>,
  curves: readonly Curve[],
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
    ...{ done: trained, total: models * epochs, finished: trained >= models * epochs },
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
    report: existsSync(report) ? relative(root, report) : null,
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

/** Loss curves from a run's own log; none while its last line is being written. */
async function readCurves(path: string): Promise<Curve[]> {
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
  return [...curves.values()];
}
