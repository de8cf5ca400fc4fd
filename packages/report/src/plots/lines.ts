import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { Figure, LineRow, Panel } from '../rows.js';
import { distinct, extent, groupBy, paddedExtent } from '../statistics.js';
import { drawPanel, inSeriesColor } from '../svg/draw.js';
import { axisScale, drawable, marginFor } from './axis.js';

/** Title, labels and scales of the axes, dots or lines. */
export interface LinesOptions {
  readonly title: string;
  /** What the axes are, with units. */
  readonly xLabel: string;
  readonly yLabel: string;
  /** Logarithmic axes leave out values that are not positive, and on the vertical one rounding errors of 0. Default linear. */
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'log';
  /** Whether all panels share the vertical axis. Default true. */
  readonly shared?: boolean;
  /** Points without lines between them. Default false. */
  readonly dots?: boolean;
  /** Draws the line y = x. Default false. */
  readonly diagonal?: boolean;
}

/** Lines of at most so many points show where the points are. */
const fewPoints = 12;
/** Widths of up to five lines, in pixels: later ones are thinner, so that lines which coincide all show. More are all alike. */
const widthOf = (index: number, lines: number): number => (lines > 5 ? 2 : 2 + 0.75 * (lines - 1 - index));

/** Curves or clouds of points: one panel per `panel`, a colour per `series`. Rows that are not finite leave gaps. */
export function linesFigure(rows: readonly LineRow[], options: LinesOptions): Figure {
  const { title, xLabel, yLabel, xScale = 'linear', yScale = 'linear', shared = true, dots = false, diagonal = false } = options;
  const legend = seriesColors(distinct(rows.map((row) => row.series)));
  const finite = drawable(rows, { xScale, yScale });
  const rangeOf = (values: readonly number[]): [number, number] => (values.length === 0 ? [1, 10] : extent(values));
  const yDomain = (own: readonly LineRow[]): [number, number] => {
    const values = own.map((row) => row.y);
    return yScale === 'log' ? rangeOf(values) : paddedExtent(values);
  };
  const all = yDomain(finite);
  const panels = [...groupBy(finite, (row) => row.panel)].map(([panel, own]): Panel => {
    const description = `${yLabel} against ${xLabel}, ${panel}: ${[...groupBy(own, (row) => row.series)]
      .map(([series, points]) => {
        const [least, most] = extent(points.map(({ y }) => y));
        return `${series} from ${least.toPrecision(3)} to ${most.toPrecision(3)}`;
      })
      .join('; ')}`;
    const xs = rangeOf(own.map((row) => row.x));
    const [low, high] = shared ? all : yDomain(own);
    const domain: [number, number] = [low, diagonal ? Math.max(high, xs[1]) : high];
    const lines = legend.map(({ name }, i) => ({
      line: own.filter(({ series }) => series === name),
      width: widthOf(i, legend.length),
    }));
    const both = [Math.max(xs[0], domain[0]), Math.min(xs[1], domain[1])];
    return drawPanel(panel, description, {
      x: { label: xLabel, ...axisScale(xScale, xs) },
      y: { label: yLabel, domain, grid: true, ...axisScale(yScale, domain) },
      color: { domain: legend.map((entry) => entry.name), range: legend.map((entry) => entry.color) },
      marginLeft: marginFor(yScale, domain),
      marks: [
        ...(diagonal
          ? [Plot.line(both.map((value) => [value, value]) as [number, number][], { stroke: 'currentColor', strokeDasharray: '4 3' })]
          : []),
        ...(dots
          ? [Plot.dot(own, { x: 'x', y: 'y', fill: inSeriesColor('series'), fillOpacity: 0.6, r: 2.5 })]
          : lines.flatMap(({ line, width }) => [
              Plot.lineY(line, { x: 'x', y: 'y', stroke: inSeriesColor('series'), strokeWidth: width }),
              Plot.dot(line.length <= fewPoints ? line : [], { x: 'x', y: 'y', fill: inSeriesColor('series'), r: width / 2 + 1.25 }),
            ])),
      ],
    });
  });
  return { title, panels, legend };
}
