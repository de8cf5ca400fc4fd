import type { MeasurementRow } from '@basinlab/core';
import type { Stage } from './diagnosis.measurement.js';

/** What a stage costs: loss above the ends, at its worst place. */
export interface StageCost {
  readonly stage: Stage;
  /** Of the worst place; null for stages of the whole model. */
  readonly place: string | null;
  readonly mean: number;
  readonly worst: number;
}

/** Costs of the stages that were measured, in their order, without the ends. Rows of one pair under one alignment. */
export function stageCosts(rows: readonly MeasurementRow[]): readonly StageCost[] {
  const costs: StageCost[] = [];
  for (const stage of new Set(rows.map((row) => row['stage'] as Stage))) {
    if (stage === 'ends') continue;
    const own = rows.filter((row) => row['stage'] === stage);
    const above = own.map((row) => row['above'] as number);
    const worst = Math.max(...above);
    const place = own[above.indexOf(worst)]?.['place'] ?? null;
    costs.push({
      stage,
      place: place === null ? null : String(place),
      mean: above.reduce((sum, value) => sum + value, 0) / above.length,
      worst,
    });
  }
  return costs;
}

/** Loss above the ends that counts as none. */
const NOTHING = 0.02;

/** In words, the first demand that two models do not meet; see `diagnosis`. A demand counts as failed where it costs half of what averaging does. */
export function verdictOf(costs: readonly StageCost[]): string {
  const of = (stage: Stage): StageCost | undefined => costs.find((cost) => cost.stage === stage);
  const nats = (value: number): string => `${value.toFixed(3)} nats`;
  const [fitted, tied, averaged] = (['switched, map fitted there', 'switched, one map', 'averaged'] as const).map(of);
  const [parts, norms, statistics] = (
    ['one part averaged', 'averaged, norms of the first', 'averaged, statistics recomputed'] as const
  ).map(of);
  if (averaged === undefined || fitted === undefined || tied === undefined || parts === undefined) return 'Not all stages were measured.';
  const most = Math.max(NOTHING, averaged.worst / 2);
  if (averaged.worst <= NOTHING) return `Nothing fails: averaged weights lose ${nats(averaged.worst)}.`;
  const switched = fitted.mean < tied.mean ? fitted : tied;
  if (switched.mean > most)
    return `The models do not represent alike: without any averaging, going on with the second model loses ${nats(switched.mean)} on average, most behind ${switched.place} (${nats(switched.worst)}); averaged weights lose ${nats(averaged.worst)}.`;
  if (tied.mean - fitted.mean > most)
    return `One map for the whole network is too little: going on with the second model loses ${nats(tied.mean)} on average, most behind ${tied.place}, and ${nats(fitted.mean)} with a map fitted at each place. Another alignment may do better.`;
  if (statistics !== undefined && averaged.worst - statistics.worst > most)
    return `Running statistics fail: averaged weights lose ${nats(averaged.worst)}, and ${nats(statistics.worst)} with statistics of their own.`;
  if (norms !== undefined && averaged.worst - norms.worst > most)
    return `Norms fail: averaged weights lose ${nats(averaged.worst)}, and ${nats(norms.worst)} with the norms of the first model. Fold them: a form without gains has none.`;
  const where =
    parts.worst > averaged.worst / 2 ? `, above all up to ${parts.place}, which alone loses ${nats(parts.worst)}` : ', in no part alone';
  return `Averaging of weights fails: it loses ${nats(averaged.worst)}${where}. Going on with the second model loses ${nats(switched.mean)} on average.`;
}
