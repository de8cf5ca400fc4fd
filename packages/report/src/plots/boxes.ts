import * as Plot from '@observablehq/plot';
import { seriesColors } from '../palette.js';
import type { BoxRow, Figure, Panel } from '../rows.js';
import { distinct, groupBy, paddedExtent } from '../statistics.js';
import { drawPanel } from '../svg/draw.js';
import { marginFor } from './axis.js';

/** Title, quantity and what the boxes stand along. */
export interface BoxesOptions {
  readonly title: string;
  /** What the values are, with the unit. */
  readonly quantity: string;
  /** What tells the boxes apart. */
  readonly along: string;
}

/** Box plots: quartiles, whiskers to the last value within 1.5 times the box, and values beyond as dots. One panel per `panel`, a box per `at`. */
export function boxesFigure(rows: readonly BoxRow[], { title, quantity, along }: BoxesOptions): Figure {
  const finite = rows.filter(({ value }) => Number.isFinite(value));
  const places = distinct(rows.map(({ at }) => at));
  const domain = paddedExtent(finite.map(({ value }) => value));
  const [{ color } = { color: 'currentColor' }] = seriesColors(['boxes']);
  const panels = [...groupBy(finite, (row) => row.panel)].map(([panel, own]): Panel => {
    const medians = [...groupBy(own, ({ at }) => String(at))].map(
      ([at, values]) => `${at} ${median(values.map(({ value }) => value)).toPrecision(3)}`,
    );
    return drawPanel(panel, `${quantity} by ${along}, medians: ${medians.join('; ')}`, {
      x: { label: along, type: 'band', domain: places, ...(places.length > 4 ? { tickRotate: -30 } : {}) },
      y: { label: quantity, domain, grid: true, ticks: 5 },
      marginLeft: marginFor('linear', domain),
      ...(places.length > 4 ? { marginBottom: 64 } : {}),
      marks: [Plot.boxY(own, { x: 'at', y: 'value', fill: color, fillOpacity: 0.35, stroke: 'currentColor', r: 1.5 })],
    });
  });
  return { title, panels, legend: [] };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
