import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { Figure, LegendEntry, LineRow, Panel, PlaneRow } from '../rows.js';
import { distinct, groupBy } from '../statistics.js';
import { drawPanel, inSeriesColor } from '../svg/draw.js';
import { colorScale, cssColor } from './colors.js';
import { formatNumber } from '../tables/table.js';

/** Title, quantity and the range that is shown. */
export interface PlaneOptions {
  readonly title: string;
  /** What the colours are, with its unit. */
  readonly quantity: string;
  /** Values above this share of the sorted ones have the colour of it, so that a steep rim does not hide the valley. Default 0.9. */
  readonly clip?: number;
}

/**
 * A loss surface from above: a cell per row, darker where lower, with paths drawn over it as lines whose ends are dots. One panel per `panel`, all with the
 * same colours.
 */
export function planeFigure(rows: readonly PlaneRow[], paths: readonly LineRow[], { title, quantity, clip = 0.9 }: PlaneOptions): Figure {
  const legend = seriesColors(distinct(paths.map((row) => row.series)));
  const values = rows
    .map((row) => row.value)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const [low, high] = [values[0] ?? 0, values[Math.floor(clip * (values.length - 1))] ?? 1];
  const shade = colorScale({ low, high });
  const panels = [...groupBy(rows, (row) => row.panel)].map(([panel, own]): Panel => {
    const [xs, ys] = [distinct(own.map((row) => row.x)), distinct(own.map((row) => row.y))].map((all) => [...all].sort((a, b) => a - b));
    const [dx, dy] = [xs!, ys!].map((all) => (all.at(-1)! - all[0]!) / Math.max(1, all.length - 1) / 2);
    const over = paths.filter((row) => row.panel === panel);
    const ends = [...groupBy(over, (row) => row.series)].flatMap(([, line]) => [line[0]!, line.at(-1)!]);
    return drawPanel(panel, `${quantity} on a plane, ${panel}: from ${low.toPrecision(3)} to ${(values.at(-1) ?? 1).toPrecision(3)}`, {
      height: 300,
      x: { label: 'distance in parameter space', ticks: 5 },
      y: { label: null, ticks: 5 },
      marginLeft: 46,
      marks: [
        Plot.rect(own, {
          x1: (row: PlaneRow) => row.x - dx!,
          x2: (row: PlaneRow) => row.x + dx!,
          y1: (row: PlaneRow) => row.y - dy!,
          y2: (row: PlaneRow) => row.y + dy!,
          fill: { value: (row: PlaneRow) => cssColor(shade(row.value)), scale: null },
          inset: -0.3,
        }),
        // A light rim keeps lines apart from any colour below.
        Plot.line(over, { x: 'x', y: 'y', z: 'series', stroke: 'white', strokeWidth: 4.5 }),
        Plot.line(over, { x: 'x', y: 'y', z: 'series', stroke: inSeriesColor('series'), strokeWidth: 2.5 }),
        Plot.dot(ends, { x: 'x', y: 'y', r: 4, fill: 'white', stroke: 'black' }),
      ],
      color: { domain: legend.map((entry) => entry.name), range: legend.map((entry) => entry.color) },
    });
  });
  return { title, panels, legend: [...legend, ...scaleLegend(quantity, low, high, values.at(-1))] };
}

/** What the darkest, the middle and the lightest colour stand for. */
function scaleLegend(quantity: string, low: number, high: number, highest = high): LegendEntry[] {
  const entry = (value: number, more = ''): LegendEntry => ({
    name: `${quantity} ${formatNumber(Number(value.toPrecision(3)))}${more}`,
    color: cssColor(colorScale({ low, high })(value)),
  });
  return [entry(low), entry((low + high) / 2), entry(high, highest > high ? ' or more' : '')];
}
