import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { Figure, LineRow, Panel } from '../rows.js';
import { distinct, extent, groupBy, meanWithError, paddedExtent } from '../statistics.js';
import { drawPanel, inSeriesColor } from '../svg/draw.js';
import { axisScale, drawable, marginFor } from './axis.js';

/** Title, labels and scales of the axes. */
export interface BandsOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Logarithmic axes leave out values that are not positive, and on the vertical one rounding errors of 0. Default linear. */
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'log';
  /** Whether all panels share the vertical axis. Default true. */
  readonly shared?: boolean;
}

interface Point {
  readonly series: string;
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Means as lines with a band of one standard error, over all rows that share panel, series and x: pairs, models, seeds. */
export function bandsFigure(rows: readonly LineRow[], options: BandsOptions): Figure {
  const { title, xLabel, yLabel, xScale = 'linear', yScale = 'linear', shared = true } = options;
  const finite = drawable(rows, { xScale, yScale });
  const legend = seriesColors(distinct(rows.map(({ series }) => series)));
  const panelsOf = [...groupBy(finite, ({ panel }) => panel)].map(([panel, own]) => [panel, averaged(own)] as const);
  const domainOf = (points: readonly Point[]): [number, number] => {
    // A band may reach below 0, where a logarithmic axis has nothing.
    const values = points.flatMap(({ mean, low, high }) => [yScale === 'log' && low <= 0 ? mean : low, high]);
    return yScale === 'log' ? extent(values) : paddedExtent(values);
  };
  const all = domainOf(panelsOf.flatMap(([, points]) => points));
  const panels = panelsOf.map(([panel, points]): Panel => {
    const ends = [...groupBy(points, ({ series }) => series)].map(
      ([series, line]) => `${series} from ${line[0]!.mean.toPrecision(3)} to ${line.at(-1)!.mean.toPrecision(3)}`,
    );
    const xs = points.map(({ x }) => x);
    const domain = shared ? all : domainOf(points);
    return drawPanel(panel, `${yLabel} against ${xLabel}, ${panel}: ${ends.join('; ')}`, {
      x: { label: xLabel, ...axisScale(xScale, extent(xs)) },
      y: { label: yLabel, domain, grid: true, ...axisScale(yScale, domain) },
      color: { domain: legend.map(({ name }) => name), range: legend.map(({ color }) => color) },
      marginLeft: marginFor(yScale, domain),
      marks: [
        Plot.areaY(yScale === 'log' ? points.filter(({ low }) => low > 0) : points, {
          x: 'x',
          y1: 'low',
          y2: 'high',
          z: 'series',
          fill: inSeriesColor('series'),
          fillOpacity: 0.2,
        }),
        Plot.lineY(points, { x: 'x', y: 'mean', z: 'series', stroke: inSeriesColor('series'), strokeWidth: 2 }),
        Plot.dot(points.length <= 40 ? points : [], { x: 'x', y: 'mean', fill: inSeriesColor('series'), r: 2.5 }),
      ],
    });
  });
  return { title, panels, legend };
}

function averaged(rows: readonly LineRow[]): Point[] {
  return [...groupBy(rows, ({ series }) => series)].flatMap(([series, line]) =>
    [...groupBy(line, ({ x }) => String(x))]
      .map(([, same]): Point => {
        const { mean, standardError } = meanWithError(same.map(({ y }) => y));
        return { series, x: same[0]!.x, mean, low: mean - (standardError ?? 0), high: mean + (standardError ?? 0) };
      })
      .sort((a, b) => a.x - b.x),
  );
}
