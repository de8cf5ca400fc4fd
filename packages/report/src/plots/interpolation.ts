import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { Figure, InterpolationRow, Panel } from '../rows.js';
import { distinct, extent, groupBy, meanWithError, paddedExtent } from '../statistics.js';
import { composeSvg } from '../svg/compose.js';
import { drawPanel, inSeriesColor } from '../svg/draw.js';

/** Title and quantity. */
export interface InterpolationOptions {
  readonly title: string;
  /** What `value` is, with its unit, for example `test accuracy (%)`. */
  readonly quantity: string;
}

/**
 * Accuracy or loss along the straight path between two networks: one panel per network, a line per alignment (the mean over pairs, with a
 * band of one standard error) over faint lines of the single pairs. All panels share the vertical axis. Rows that are not finite leave gaps.
 */
export function interpolationFigure(rows: readonly InterpolationRow[], { title, quantity }: InterpolationOptions): Figure {
  const legend = seriesColors(distinct(rows.map((row) => row.alignment)));
  const finite = rows.filter((row) => Number.isFinite(row.value));
  const domain = paddedExtent(finite.map((row) => row.value));
  const panels = [...groupBy(finite, (row) => row.network)].map(([network, own]): Panel => {
    const means = [...groupBy(own, (row) => JSON.stringify([row.alignment, row.lambda])).values()].map((group) => {
      const { mean, standardError } = meanWithError(group.map((row) => row.value));
      return {
        alignment: group[0]!.alignment,
        lambda: group[0]!.lambda,
        mean,
        low: mean - (standardError ?? 0),
        high: mean + (standardError ?? 0),
      };
    });
    const description = `${quantity} along the path for ${network}: ${distinct(own.map((row) => row.alignment))
      .map((name) => describe(name, means))
      .join('; ')}`;
    return drawPanel(network, description, {
      x: { label: 'λ', domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: (t: number) => String(t) },
      y: { label: quantity, domain, grid: true, ticks: 5 },
      color: { domain: legend.map((entry) => entry.name), range: legend.map((entry) => entry.color) },
      marginLeft: 46,
      marks: [
        Plot.areaY(means, { x: 'lambda', y1: 'low', y2: 'high', z: 'alignment', fill: inSeriesColor('alignment'), fillOpacity: 0.18 }),
        Plot.lineY(own, {
          x: 'lambda',
          y: 'value',
          z: (row: InterpolationRow) => `${row.alignment}\n${row.pair}`,
          stroke: inSeriesColor('alignment'),
          strokeOpacity: 0.3,
          strokeWidth: 1,
        }),
        // Later lines are thinner, so that lines which coincide all show.
        ...legend.map(({ name }, i) =>
          Plot.lineY(
            means.filter((row) => row.alignment === name),
            { x: 'lambda', y: 'mean', stroke: inSeriesColor('alignment'), strokeWidth: Math.max(1.5, 3.5 - i) },
          ),
        ),
      ],
    });
  });
  return { title, panels, legend };
}

/** {@link interpolationFigure} as one SVG file. */
export function plotInterpolation(rows: readonly InterpolationRow[], options: InterpolationOptions): string {
  return composeSvg(interpolationFigure(rows, options));
}

function describe(alignment: string, means: readonly { alignment: string; mean: number }[]): string {
  const values = means.filter((row) => row.alignment === alignment).map((row) => row.mean);
  const [least, most] = extent(values);
  return `alignment ${alignment} from ${least.toPrecision(4)} to ${most.toPrecision(4)}`;
}
