import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { Figure, Panel, TrainingRow } from '../rows.js';
import { distinct, groupBy, meanWithError, paddedExtent } from '../statistics.js';
import { composeSvg } from '../svg/compose.js';
import { drawPanel, inSeriesColor } from '../svg/draw.js';

/** Title and quantity. */
export interface TrainingOptions {
  readonly title: string;
  /** What `value` is, with its unit. */
  readonly quantity: string;
}

/** Training curves: one panel per network, for each series (split) the mean over models over faint lines of the single models. */
export function trainingFigure(rows: readonly TrainingRow[], { title, quantity }: TrainingOptions): Figure {
  const legend = seriesColors(distinct(rows.map((row) => row.series)));
  const finite = rows.filter((row) => Number.isFinite(row.value));
  const domain = paddedExtent(finite.map((row) => row.value));
  const epochs = distinct(finite.map((row) => row.epoch)).sort((a, b) => a - b);
  const panels = [...groupBy(finite, (row) => row.network)].map(([network, own]): Panel => {
    const means = [...groupBy(own, (row) => JSON.stringify([row.series, row.epoch])).values()].map((group) => ({
      series: group[0]!.series,
      epoch: group[0]!.epoch,
      mean: meanWithError(group.map((row) => row.value)).mean,
    }));
    const last = means.filter((row) => row.epoch === epochs.at(-1)).map((row) => `${row.series} ${row.mean.toPrecision(4)}`);
    return drawPanel(network, `${quantity} of ${network} over training; at the end ${last.join('; ')}`, {
      x: { label: 'epoch', ticks: epochs.length <= 8 ? epochs : 6, tickFormat: (t: number) => String(t) },
      y: { label: quantity, domain, grid: true, ticks: 5 },
      color: { domain: legend.map((entry) => entry.name), range: legend.map((entry) => entry.color) },
      marginLeft: 46,
      marks: [
        Plot.lineY(own, {
          x: 'epoch',
          y: 'value',
          z: (row: TrainingRow) => `${row.series}\n${row.model}`,
          stroke: inSeriesColor('series'),
          strokeOpacity: 0.3,
          strokeWidth: 1,
        }),
        Plot.lineY(means, {
          x: 'epoch',
          y: 'mean',
          z: 'series',
          stroke: inSeriesColor('series'),
          strokeWidth: 2.5,
          marker: epochs.length <= 8 ? 'dot' : 'none',
        }),
      ],
    });
  });
  return { title, panels, legend };
}

/** {@link trainingFigure} as one SVG file. */
export function plotTraining(rows: readonly TrainingRow[], options: TrainingOptions): string {
  return composeSvg(trainingFigure(rows, options));
}
