import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineInfo, LoadedDataset, RunEvent } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { atomicWrite, readRunConfig } from '@basinlab/core/store';
import { stopIfInterrupted } from '../errors/interrupted.js';
import { usageError } from '../errors/usage-error.js';
import type { Experiment } from '../experiment/schema.js';
import { loadData } from '../experiment/plan.js';
import { trainAndTest, type ModelResult } from '../runs/train-and-test.js';
import type { Combination } from './grid.js';
import { measureBarriers, type PairBarrier } from '../pairs/measure-barriers.js';

/** A run of a sweep that is to be made, or is there. */
export interface SweepRun extends Combination {
  readonly directory: string;
  readonly experiment: Experiment;
}

/** What a run of a sweep came to; `result.json` in its folder. */
export interface RunOutcome {
  readonly models: readonly ModelResult[];
  /** Points of the paths on which barriers were measured; 0 where none were. */
  readonly points: number;
  /** Between the models 1 and 2, 3 and 4, ...; empty where none were measured. */
  readonly barriers: readonly PairBarrier[];
}

export interface SweepOptions {
  readonly runs: readonly SweepRun[];
  /** Points of the paths between pairs; 0 measures no barriers. */
  readonly points: number;
  readonly registry: Registry;
  readonly plugins: Readonly<Record<string, string>>;
  readonly engine: EngineInfo;
  readonly signal: AbortSignal;
  emit(event: RunEvent): void;
}

/** Refuses, before anything is trained, a folder that holds a run of other settings. */
export async function checkFolders(runs: readonly SweepRun[]): Promise<void> {
  for (const { directory, experiment } of runs) {
    if (!existsSync(join(directory, 'config.json'))) continue;
    const { config } = await readRunConfig(directory);
    if (JSON.stringify(config) !== JSON.stringify(experiment))
      throw usageError(directory, 'a run of the same settings, or none', 'a run of others', 'Choose another --out');
  }
}

/** Trains and measures every run that has not finished, one after the other, and gives all outcomes in order. */
export async function runSweep({ runs, points, emit, ...rest }: SweepOptions): Promise<readonly RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  const data = dataKeeper(rest.registry);
  try {
    for (const [index, run] of runs.entries()) {
      stopIfInterrupted(rest.signal);
      const place = `${index + 1}/${runs.length} ${run.name}`;
      const there = await finished(run.directory, points);
      outcomes.push(there ?? (await oneRun(run, points, await data.of(run.experiment), { ...rest, emit: naming(place, emit) })));
    }
    return outcomes;
  } finally {
    data.dispose();
  }
}

async function oneRun(
  run: SweepRun,
  points: number,
  data: LoadedDataset,
  options: Omit<SweepOptions, 'runs' | 'points'>,
): Promise<RunOutcome> {
  const { directory, experiment } = run;
  const { models, then } = await trainAndTest({ directory, experiment, data, ...options }, (trained, network) =>
    points === 0 ? Promise.resolve([]) : measureBarriers({ network, models: trained, data, points, platform: options.engine.platform }),
  );
  const outcome: RunOutcome = { models, points, barriers: then ?? [] };
  await atomicWrite(join(directory, 'result.json'), `${JSON.stringify(outcome, null, 2)}\n`);
  return outcome;
}

/** The outcome of a run that has been measured as it should be; null for any other. */
async function finished(directory: string, points: number): Promise<RunOutcome | null> {
  const text = await readFile(join(directory, 'result.json'), 'utf8').catch(() => null);
  if (text === null || !existsSync(join(directory, 'config.json'))) return null;
  const outcome = JSON.parse(text) as RunOutcome;
  return outcome.points === points || points === 0 ? outcome : null;
}

/** Keeps the data of the last run on the device: most sweeps change other settings. */
function dataKeeper(registry: Registry): { of(experiment: Experiment): Promise<LoadedDataset>; dispose(): void } {
  let kept: { key: string; data: LoadedDataset } | undefined;
  return {
    async of(experiment) {
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

const naming =
  (place: string, emit: (event: RunEvent) => void) =>
  (event: RunEvent): void =>
    emit(event.kind === 'progress' ? { ...event, stage: `${place}: ${event.stage}` } : event);
