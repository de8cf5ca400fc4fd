import type { MeasurementColumn, MeasurementPlot, MeasurementRow } from '@basinlab/core';
import { evenly } from '@basinlab/core';
import { accuracyBarrier, lossBarrier } from '@basinlab/metrics/barrier';

const value = { role: 'value', type: 'number' } as const;

/** Columns of measurements of paths between two models: a row for every point, and one for each path. */
export const pathColumns: readonly MeasurementColumn[] = [
  { name: 'path', summary: 'how the two models are joined', role: 'axis', type: 'text' },
  {
    name: 't',
    summary: 'place on the path, from the first model; empty in rows of a whole path',
    role: 'axis',
    type: 'number',
    range: [0, 1],
  },
  { ...value, name: 'loss', summary: 'mean loss at the point', unit: 'nats', range: [0, Infinity], better: 'lower' },
  { ...value, name: 'accuracy', summary: 'accuracy at the point', unit: '%', range: [0, 100], better: 'higher' },
  {
    ...value,
    name: 'lossBarrier',
    summary: 'greatest loss above the line between the losses of the ends',
    unit: 'nats',
    range: [0, Infinity],
    better: 'lower',
  },
  {
    ...value,
    name: 'accuracyBarrier',
    summary: 'least accuracy below the better end, in percent of it',
    unit: '%',
    range: [-100, 0],
    better: 'higher',
  },
  { ...value, name: 'distance', summary: 'distance of the ends', range: [0, Infinity] },
  { ...value, name: 'length', summary: 'length of the path', range: [0, Infinity] },
  { ...value, name: 'curvature', summary: 'largest curvature of the path; empty where it has a corner', range: [0, Infinity] },
];

export const pathPlots: readonly MeasurementPlot[] = [
  { kind: 'lines', title: 'Loss along the paths', x: 't', y: 'loss', series: 'path' },
  { kind: 'bars', title: 'Loss barriers of the paths', x: 'path', y: 'lossBarrier', where: { t: null } },
];

/** What was found on a path at evenly spaced points: losses in nats, accuracies in percent. */
export interface MeasuredPath {
  readonly path: string;
  readonly loss: readonly number[];
  readonly accuracy: readonly number[];
  readonly distance: number;
  readonly length: number;
  readonly curvature: number | null;
}

/** The row of a path, and one for each of its points. */
export function pathRows({ path, loss, accuracy, ...shape }: MeasuredPath): MeasurementRow[] {
  const whole: MeasurementRow = { path, lossBarrier: lossBarrier(loss), accuracyBarrier: accuracyBarrier(accuracy), ...shape };
  return [whole, ...evenly(loss.length).map((t, at): MeasurementRow => ({ path, t, loss: loss[at]!, accuracy: accuracy[at]! }))];
}
