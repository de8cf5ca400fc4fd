import { resolve } from 'node:path';
import type { Scale } from '@basinlab/core';
import type { MeasurementRequest } from '@basinlab/core/measurement';
import type { Registry } from '@basinlab/core/container';
import { usageError } from '../errors/usage-error.js';
import { leftToData } from '../experiment/fit-to-data.js';
import { networkOf } from '../experiment/plan.js';
import { resolveExperiment } from '../experiment/resolve.js';
import type { Experiment } from '../experiment/schema.js';
import { startingPoint } from '../experiment/starting-point.js';
import { parseRequests } from '../measurements/requests.js';
import { combinations, parseGrid, type Axis } from './grid.js';
import { checkFolders, type SweepRun } from './run-sweep.js';

/** A sweep as the user asks for it. */
export interface SweepRequest {
  readonly preset?: string | undefined;
  readonly config?: string;
  readonly scale?: Scale;
  /** `path=value,value,...`. */
  readonly grid: readonly string[];
  /** Points of paths between pairs; 0 measures none. */
  readonly points: string;
  readonly metric: readonly string[];
  readonly setMetric: readonly string[];
  readonly set: readonly string[];
  readonly seed?: string;
  readonly out: string;
  /** Names of the runs that are looked at; default all. */
  readonly only?: readonly string[];
}

/** A sweep with everything resolved that can be before anything is trained. */
export interface PlannedSweep {
  readonly title: string;
  readonly axes: readonly Axis[];
  readonly runs: readonly SweepRun[];
  readonly requests: readonly MeasurementRequest[];
  /** Settings that all runs share. */
  readonly settings: Experiment;
}

/** Resolves a sweep and refuses what does not fit, before a folder is made. */
export async function planSweep(request: SweepRequest, registry: Registry): Promise<PlannedSweep> {
  const { preset, out, only } = request;
  const axes = parseGrid(request.grid);
  if (axes.length === 0)
    throw usageError('sweep', 'a setting to change', 'no --grid', 'Example: --grid breaking.options.fixedScale=0,0.5,1,2');
  const start = await startingPoint(preset, request);
  const shared = [...start.overrides, ...request.set, ...(request.seed === undefined ? [] : [`seed=${request.seed}`])];
  const all = combinations(axes);
  const requests = requestsOf(request, registry);
  const runs = all
    .filter(({ name }) => only === undefined || only.includes(name))
    .map(({ overrides, ...combination }): SweepRun => {
      const experiment = resolveExperiment('sweep', start.base, [...shared, ...overrides], registry);
      // Wrong options are refused before anything is started, as far as they do not depend on the data.
      if (leftToData(experiment, registry).length === 0) networkOf(experiment, registry);
      return { ...combination, overrides, experiment, directory: resolve(out, combination.name) };
    });
  refuseTwins(all.map(({ name }) => name));
  const unknown = only?.find((name) => all.every((run) => run.name !== name));
  if (unknown !== undefined) throw usageError('--only', 'a run of the sweep', unknown);
  await checkFolders(runs, registry);
  const title = `Sweep of ${preset ?? 'settings'} over ${axes.map(({ name }) => name).join(', ')}`;
  return { title, axes, runs, requests, settings: resolveExperiment('sweep', start.base, shared, registry) };
}

function requestsOf({ points: text, metric, setMetric }: SweepRequest, registry: Registry): readonly MeasurementRequest[] {
  const points = Number(text);
  if (!Number.isInteger(points) || points < 0 || (points > 0 && points < 3))
    throw usageError('--points', 'a whole number from 3, or 0 for none', text);
  const paths = 'linear-mode-connectivity';
  const measurements = [...(points === 0 || metric.includes(paths) ? [] : [paths]), ...metric];
  const ofPaths = measurements.includes(paths) && points > 0 ? [`${paths}.points=${points}`] : [];
  return parseRequests({ measurements, set: [...ofPaths, ...setMetric] }, registry).requests;
}

/** Values that make the same folder's name, for example `a b` and `a-b`, would write into one. */
function refuseTwins(names: readonly string[]): void {
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined) throw usageError('--grid', 'values whose names differ', twin);
}
