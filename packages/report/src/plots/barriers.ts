import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { BarrierRow, Figure, Panel } from '../rows.js';
import { distinct, groupBy } from '../statistics.js';
import { composeSvg } from '../svg/compose.js';
import { drawPanel, inSeriesColor } from '../svg/draw.js';

/** Title and quantity. */
export interface BarrierOptions {
  readonly title: string;
  /** What the bars measure, with its unit. */
  readonly quantity: string;
}

/**
 * Barriers as bars: one panel per network, a bar per alignment with one standard error as a line, and a diamond at the paper's value
 * where it is known. All panels share the horizontal axis, which includes zero.
 */
export function barrierFigure(rows: readonly BarrierRow[], { title, quantity }: BarrierOptions): Figure {
  const alignments = distinct(rows.map((row) => row.alignment));
  const legend = seriesColors(alignments);
  const finite = rows.filter((row) => Number.isFinite(row.mean));
  const reach = finite.flatMap((row) => [row.mean - (row.standardError ?? 0), row.mean + (row.standardError ?? 0), row.paper ?? row.mean]);
  const domain: [number, number] = [Math.min(0, ...reach), Math.max(0, ...reach)];
  if (domain[0] === domain[1]) domain[1] = 1;
  const panels = [...groupBy(finite, (row) => row.network)].map(([network, own]): Panel => {
    const description = `${quantity} of ${network}: ${own.map((row) => `${row.alignment} ${row.mean.toPrecision(3)}`).join('; ')}`;
    return drawPanel(network, description, {
      height: 84 + 34 * alignments.length,
      x: { label: quantity, domain, grid: true, ticks: 5 },
      y: { label: null, domain: alignments, axis: null },
      color: { domain: alignments, range: legend.map((entry) => entry.color) },
      marginLeft: 16,
      marks: [
        Plot.barX(own, { x: 'mean', y: 'alignment', fill: inSeriesColor('alignment'), fillOpacity: 0.75, insetTop: 3, insetBottom: 3 }),
        Plot.ruleY(
          own.filter((row) => row.standardError !== null),
          {
            x1: (row: BarrierRow) => row.mean - row.standardError!,
            x2: (row: BarrierRow) => row.mean + row.standardError!,
            y: 'alignment',
            stroke: 'currentColor',
            strokeWidth: 1.5,
            marker: 'tick',
          },
        ),
        Plot.dotX(
          own.filter((row) => row.paper !== null),
          { x: 'paper', y: 'alignment', symbol: 'diamond', fill: 'currentColor', r: 5 },
        ),
        Plot.ruleX([0], { stroke: 'currentColor' }),
      ],
    });
  });
  return { title, panels, legend };
}

/** {@link barrierFigure} as one SVG file. */
export function plotBarriers(rows: readonly BarrierRow[], options: BarrierOptions): string {
  return composeSvg(barrierFigure(rows, options));
}
