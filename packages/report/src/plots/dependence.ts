import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { DependenceRow, Figure, Panel } from '../rows.js';
import { distinct, groupBy, paddedExtent } from '../statistics.js';
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
 * Settings that are all numbers stand where they are, others side by side in the order of the rows; names too long for that stand one below another, without
 * lines between them.
 */
export function dependenceFigure(rows: readonly DependenceRow[], { title, quantity, along }: DependenceOptions): Figure {
  const legend = seriesColors(distinct(rows.map((row) => row.series)));
  const finite = rows.filter((row) => Number.isFinite(row.mean));
  const domain = paddedExtent(finite.flatMap((row) => [row.mean - (row.standardError ?? 0), row.mean + (row.standardError ?? 0)]));
  const places = distinct(rows.map((row) => row.at));
  const numeric = places.every((place) => typeof place === 'number');
  if (!numeric && places.map(String).join('').length > LONGEST)
    return listed(finite, places.map(String), domain, { title, quantity, along });
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

/** Letters that fit below a panel, side by side. */
const LONGEST = 40;
/** Pixels of a letter, and of a line of the list. */
const [LETTER, LINE] = [7, 22];
/** Pixels of the plot itself. */
const ROOM = 200;

/** Settings with long names, one below another: a dot for each mean and a line for its error. */
function listed(
  rows: readonly DependenceRow[],
  places: readonly string[],
  domain: readonly [number, number],
  { title, quantity, along }: DependenceOptions,
): Figure {
  const legend = seriesColors(distinct(rows.map((row) => row.series)));
  const margin = 12 + LETTER * Math.max(...places.map((place) => place.length));
  const panels = [...groupBy(rows, (row) => row.panel)].map(([panel, own]): Panel => {
    const values = own.map((row) => `${row.series} at ${row.at} ${row.mean.toPrecision(3)}`).join('; ');
    const named = own.map((row) => ({ ...row, at: String(row.at) }));
    return drawPanel(panel, `${quantity} by ${along}: ${values}`, {
      x: { label: quantity, domain: [Math.min(0, domain[0]), domain[1]], grid: true, ticks: 4 },
      y: { label: null, type: 'point', domain: [...places] },
      color: { domain: legend.map((entry) => entry.name), range: legend.map((entry) => entry.color) },
      height: 60 + LINE * places.length,
      marginLeft: margin,
      width: margin + ROOM,
      marks: [
        Plot.ruleY(
          named.filter((row) => row.standardError !== null),
          {
            y: 'at',
            x1: (row: DependenceRow) => row.mean - row.standardError!,
            x2: (row: DependenceRow) => row.mean + row.standardError!,
            stroke: inSeriesColor('series'),
            marker: 'tick',
          },
        ),
        Plot.dot(named, { x: 'mean', y: 'at', fill: inSeriesColor('series'), r: 4 }),
      ],
    });
  });
  return { title, panels, legend: legend.length > 1 ? legend : [] };
}
