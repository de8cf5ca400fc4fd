import { BasinlabError, type RebasinStrategy } from '@basinlab/core';
import type { MeasurementRequest } from '@basinlab/core/measurement';
import { readsData } from '../pairs/measure-models.js';
import { constantsOf, type OpenedRun } from '../runs/load-models.js';
import { isGate } from '../runs/stored-network.js';
import { withheldFrom } from '../runs/withhold.js';
import { findMeasurement, parseRequests, type ParsedRequests } from './requests.js';

/** A measurement or an alignment that cannot be, as it needs a module that is not loaded. */
export interface LeftOut {
  readonly id: string;
  readonly reason: BasinlabError;
}

/** What can be measured of what was asked for. */
export interface Measurable extends ParsedRequests {
  readonly leftOut: readonly LeftOut[];
}

/** Ids of measurements and alignments, with `id.key=value` options. */
export type Asked = Parameters<typeof parseRequests>[0];

/**
 * What of all that is asked for can be measured on runs with the modules that are loaded; the first run's registry knows the ids. Everything needs the architecture. Data are needed
 * by what looks at more than weights, and so is the symmetry breaking's module where it replaces the activation. Throws a usage error as `parseRequests` does, and why where
 * nothing is left.
 */
export async function measurableOn(runs: readonly OpenedRun[], asked: Asked): Promise<Measurable> {
  const { registry, withheld } = runs[0]!;
  const unknown = withheld === undefined ? [] : asked.measurements.flatMap((id) => failing(id, () => findMeasurement(id, registry)));
  const strangers =
    withheld === undefined
      ? []
      : (asked.alignments ?? []).flatMap((id) => failing(id, () => id === 'none' || registry.resolve('rebasin', id)));
  const gone = [...unknown, ...strangers];
  const isKnown = (id: string): boolean => gone.every((one) => one.id !== id);
  const parsed = parseRequests(
    {
      measurements: asked.measurements.filter(isKnown),
      alignments: (asked.alignments ?? ['none']).filter(isKnown),
      set: (asked.set ?? []).filter((assignment) => isKnown(assignment.split('.')[0]!)),
    },
    registry,
  );
  const reason = await reasonAgainstData(runs);
  const canRun = (reads: boolean): boolean => !reads || reason === null;
  const requests = parsed.requests.filter((request) => canRun(readsData(request)));
  const alignments = parsed.alignments.filter((alignment) => canRun(aligningReadsData(alignment)));
  const leftOut = [
    ...gone,
    ...parsed.requests.filter((request) => !requests.includes(request)).map(({ measurement: { id } }) => ({ id, reason: reason! })),
    ...parsed.alignments.flatMap((one) => (alignments.includes(one) ? [] : [{ id: (one as RebasinStrategy).id, reason: reason! }])),
  ];
  if (leftOut.length > 0 && (requests.length === 0 || alignments.length === 0)) throw leftOut[0]!.reason;
  return { requests, alignments, leftOut };
}

const aligningReadsData = (alignment: 'none' | RebasinStrategy): boolean => alignment !== 'none' && alignment.needs !== 'weights';

/** Whether data have to be loaded. */
export const needsData = (requests: readonly MeasurementRequest[], alignments: ParsedRequests['alignments']): boolean =>
  requests.some(readsData) || alignments.some(aligningReadsData);

function failing(id: string, find: () => unknown): readonly LeftOut[] {
  try {
    find();
    return [];
  } catch (error) {
    if (error instanceof BasinlabError) return [{ id, reason: error }];
    throw error;
  }
}

/** Why nothing but weights can be looked at; throws where not even those can. */
async function reasonAgainstData(runs: readonly OpenedRun[]): Promise<BasinlabError | null> {
  for (const run of runs) {
    const { architecture, dataset, breaking } = run.experiment;
    const all = withheldFrom(run, 'architecture', architecture.id);
    if (all !== null) throw all;
    const ofData = withheldFrom(run, 'dataset', dataset.id);
    if (ofData !== null) return ofData;
    const ofBreaking = withheldFrom(run, 'symmetryBreaking', breaking.id);
    if (ofBreaking !== null && (await constantsOf(run)).some(isGate)) return ofBreaking;
  }
  return null;
}
