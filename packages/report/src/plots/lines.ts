import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { Figure, LineRow, Panel } from '../rows.js';
import { distinct, groupBy } from '../statistics.js';
import { drawPanel, inSeriesColor } from '../svg/draw.js';
import { paddedExtent } from './interpolation.js';

export interface LinesOptions {
  readonly title: string;
  /** What the axes are, with units. */
  readonly xLabel: string;
  readonly yLabel: string;
  /** Logarithmic axes leave out values that are not positive. Default linear. */
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'log';
  /** Whether all panels share the vertical axis. Default true. */
  readonly shared?: boolean;
  /** Points without lines between them. Default false. */
  readonly dots?: boolean;
  /** Draws the line y = x. Default false. */
  readonly diagonal?: boolean;
}

/** Curves or clouds of points: one panel per `panel`, a colour per `series`. Rows that are not finite leave gaps. */
export function linesFigure(rows: readonly LineRow[], options: LinesOptions): Figure {
  const { title, xLabel, yLabel, xScale = 'linear', yScale = 'linear', shared = true, dots = false, diagonal = false } = options;
  const legend = seriesColors(distinct(rows.map((row) => row.series)));
  const drawn = (row: LineRow): boolean =>
    Number.isFinite(row.x) && Number.isFinite(row.y) && (xScale === 'linear' || row.x > 0) && (yScale === 'linear' || row.y > 0);
  const finite = rows.filter(drawn);
  const extent = (values: readonly number[]): [number, number] =>
    values.length === 0 ? [1, 10] : [Math.min(...values), Math.max(...values)];
  const yDomain = (own: readonly LineRow[]): [number, number] => {
    const values = own.map((row) => row.y);
    return yScale === 'log' ? extent(values) : paddedExtent(values);
  };
  const all = yDomain(finite);
  const panels = [...groupBy(finite, (row) => row.panel)].map(([panel, own]): Panel => {
    const description = `${yLabel} against ${xLabel}, ${panel}: ${[...groupBy(own, (row) => row.series)]
      .map(
        ([series, points]) =>
          `${series} from ${Math.min(...points.map(({ y }) => y)).toPrecision(3)} to ${Math.max(...points.map(({ y }) => y)).toPrecision(3)}`,
      )
      .join('; ')}`;
    const xs = extent(own.map((row) => row.x));
    const domain = shared ? all : yDomain(own);
    const both = [Math.max(xs[0], domain[0]), Math.min(xs[1], domain[1])];
    return drawPanel(panel, description, {
      x: { label: xLabel, type: xScale, ...(xScale === 'linear' && { ticks: 5 }) },
      y: { label: yLabel, type: yScale, domain, grid: true, ...(yScale === 'linear' && { ticks: 5 }) },
      color: { domain: legend.map((entry) => entry.name), range: legend.map((entry) => entry.color) },
      marginLeft: 56,
      marks: [
        ...(diagonal
          ? [Plot.line(both.map((value) => [value, value]) as [number, number][], { stroke: 'currentColor', strokeDasharray: '4 3' })]
          : []),
        dots
          ? Plot.dot(own, { x: 'x', y: 'y', fill: inSeriesColor('series'), fillOpacity: 0.6, r: 2.5 })
          : Plot.lineY(own, { x: 'x', y: 'y', z: 'series', stroke: inSeriesColor('series'), strokeWidth: 2 }),
      ],
    });
  });
  return { title, panels, legend };
}
