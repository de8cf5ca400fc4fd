import { measurementOf, type MeasurementRequest } from '@basinlab/core/measurement';
import type { Registry } from '@basinlab/core/container';
import type { AlignmentRequest, Measurement, RebasinStrategy } from '@basinlab/core';
import { usageError } from '../errors/usage-error.js';
import { applyOverrides } from '../experiment/override.js';
import { parseConfig } from '../experiment/parse.js';

/** The measurement of an id, or the metric of that id lifted into one. Throws a usage error that names the nearest for an unknown one. */
export function findMeasurement(id: string, registry: Registry): Measurement {
  if (registry.list('measurement').some((measurement) => measurement.id === id)) return registry.resolve('measurement', id);
  const metric = registry.list('metric').find((candidate) => candidate.id === id);
  return metric === undefined ? registry.resolve('measurement', id) : measurementOf(metric);
}

/** Options by the id that they belong to, from `id.key=value` assignments. */
function optionsOf(ids: readonly string[], assignments: readonly string[]): Record<string, Record<string, unknown>> {
  const options: Record<string, Record<string, unknown>> = Object.fromEntries(ids.map((id) => [id, {}]));
  for (const assignment of assignments) {
    const dot = assignment.indexOf('.');
    const id = assignment.slice(0, Math.max(dot, 0));
    if (!Object.hasOwn(options, id))
      throw usageError('--set', `ID.key=value, with an id among ${ids.join(', ') || 'those that are asked for'}`, assignment);
    options[id] = applyOverrides(options[id]!, [assignment.slice(dot + 1)]) as Record<string, unknown>;
  }
  return options;
}

/** Measurements with their options, checked, in the order of the ids. */
export interface ParsedRequests {
  readonly requests: readonly MeasurementRequest[];
  readonly alignments: readonly ('none' | RebasinStrategy)[];
}

/**
 * Looks up measurements and alignments and gives them their options, `id.key=value` each. Throws a usage error for unknown ids, options of what was not
 * asked for, and options that do not fit.
 */
export function parseRequests(
  {
    measurements,
    alignments = ['none'],
    set = [],
  }: { measurements: readonly string[]; alignments?: readonly string[]; set?: readonly string[] },
  registry: Registry,
): ParsedRequests {
  const options = optionsOf([...measurements, ...alignments.filter((id) => id !== 'none')], set);
  const requests = measurements.map((id): MeasurementRequest => {
    const measurement = findMeasurement(id, registry);
    return { measurement, options: parseConfig(id, measurement.options, options[id]) };
  });
  return { requests, alignments: alignments.map((id) => strategyOf({ id, options: options[id]! }, registry)) };
}

/** A strategy with its options, checked, under its own name; `none` stays what it is. Throws a usage error for unknown ids and options that do not fit. */
export function strategyOf(request: string | AlignmentRequest, registry: Registry): 'none' | RebasinStrategy {
  const { id, options = {}, name }: AlignmentRequest = typeof request === 'string' ? { id: request } : request;
  if (id === 'none') return id;
  const strategy = configured(id, options, registry);
  return name === undefined ? strategy : { ...strategy, id: name };
}

function configured(id: string, options: Readonly<Record<string, unknown>>, registry: Registry): RebasinStrategy {
  const strategy = registry.resolve('rebasin', id);
  const { settings } = strategy;
  if (settings === undefined) {
    const [unknown] = Object.keys(options);
    if (unknown !== undefined) throw usageError(id, 'no options, as it has none', unknown);
    return strategy;
  }
  return settings.configure(parseConfig(id, settings.schema, options));
}
