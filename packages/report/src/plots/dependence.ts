import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { DependenceRow, Figure, Panel } from '../rows.js';
import { distinct, groupBy, paddedExtent } from '../statistics.js';
import { composeSvg } from '../svg/compose.js';
import { drawPanel, inSeriesColor } from '../svg/draw.js';

/** Title, quantity and what it depends on. */
export interface DependenceOptions {
  readonly title: string;
  /** What `mean` is, with its unit. */
  readonly quantity: string;
  /** What `at` is. */
  readonly along: string;
}

/**
 * How a quantity depends on a setting: a panel per `panel`, a line per `series` through the means, one standard error as a line at each.
 * Settings that are all numbers stand where they are, others side by side in the order of the rows.
 */
export function dependenceFigure(rows: readonly DependenceRow[], { title, quantity, along }: DependenceOptions): Figure {
  const legend = seriesColors(distinct(rows.map((row) => row.series)));
  const finite = rows.filter((row) => Number.isFinite(row.mean));
  const domain = paddedExtent(finite.flatMap((row) => [row.mean - (row.standardError ?? 0), row.mean + (row.standardError ?? 0)]));
  const places = distinct(rows.map((row) => row.at));
  const numeric = places.every((place) => typeof place === 'number');
  const x: Plot.ScaleOptions = numeric ? { type: 'linear' } : { type: 'point', domain: places };
  const panels = [...groupBy(finite, (row) => row.panel)].map(([panel, own]): Panel => {
    const values = own.map((row) => `${row.series} at ${row.at} ${row.mean.toPrecision(3)}`).join('; ');
    return drawPanel(panel, `${quantity} by ${along}: ${values}`, {
      x: { ...x, label: along, ticks: numeric && places.length <= 8 ? places : 6 },
      y: { label: quantity, domain, grid: true, ticks: 5 },
      color: { domain: legend.map((entry) => entry.name), range: legend.map((entry) => entry.color) },
      marginLeft: 52,
      marks: [
        Plot.ruleX(
          own.filter((row) => row.standardError !== null),
          {
            x: 'at',
            y1: (row: DependenceRow) => row.mean - row.standardError!,
            y2: (row: DependenceRow) => row.mean + row.standardError!,
            stroke: inSeriesColor('series'),
            marker: 'tick',
          },
        ),
        Plot.lineY(own, { x: 'at', y: 'mean', z: 'series', stroke: inSeriesColor('series'), strokeWidth: 2, marker: 'dot' }),
      ],
    });
  });
  return { title, panels, legend };
}

/** {@link dependenceFigure} as one SVG file. */
export function plotDependence(rows: readonly DependenceRow[], options: DependenceOptions): string {
  return composeSvg(dependenceFigure(rows, options));
}
