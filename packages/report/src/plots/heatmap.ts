import type * as Plot from '@observablehq/plot';
import { encode } from 'fast-png';
import type { Figure, HeatmapRow, LegendEntry, Panel } from '../rows.js';
import { distinct, extent, groupBy, meanWithError } from '../statistics.js';
import { drawPanel } from '../svg/draw.js';
import { formatNumber } from '../tables/table.js';
import { colorScale, cssColor, type Rgb } from './colors.js';

/** Title, quantity, labels and scale of the colours. */
export interface HeatmapOptions {
  readonly title: string;
  /** What the colours are, with the unit. */
  readonly quantity: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** `linear` from least to greatest; `signed` symmetric about 0; `signed-root` the same of sign(v) sqrt|v|, which shows small values too. */
  readonly scale?: 'linear' | 'signed' | 'signed-root';
  /** Whether y grows downwards, as the rows of a matrix do. Default true. */
  readonly matrix?: boolean;
}

const signedRoot = (value: number): number => Math.sign(value) * Math.sqrt(Math.abs(value));

/**
 * A cell for every pair of x and y, the mean where several rows share it: one panel per `panel`, all with one colour scale. Cells are pixels of an
 * embedded picture, so that a matrix of 512 x 512 takes no more than some hundred kilobytes.
 */
export function heatmapFigure(rows: readonly HeatmapRow[], options: HeatmapOptions): Figure {
  const { title, quantity, xLabel, yLabel, scale = 'linear', matrix = true } = options;
  const shown = (value: number): number => (scale === 'signed-root' ? signedRoot(value) : value);
  const cells = averaged(rows);
  let [low, high] = extent(cells.map(({ value }) => shown(value)).filter(Number.isFinite));
  if (low > high) [low, high] = [0, 1];
  const around0 = scale !== 'linear';
  if (around0) [low, high] = [-Math.max(-low, high, 0), Math.max(-low, high, 0)];
  const color = colorScale({ low, high, around0 });
  const panels = [...groupBy(cells, (row) => row.panel)].map(([panel, own]): Panel => {
    const xs = distinct(own.map(({ x }) => x)).sort((a, b) => a - b);
    const ys = distinct(own.map(({ y }) => y)).sort((a, b) => (matrix ? a - b : b - a));
    const source = picture(own, xs, ys, (value) => color(shown(value)));
    const [horizontal, vertical] = [cellAxis(xs), cellAxis(matrix ? ys : [...ys].reverse())];
    const values = own.map(({ value }) => value).filter(Number.isFinite);
    const [least, greatest] = extent(values);
    const drawn = drawPanel(
      panel,
      `${quantity} by ${xLabel} and ${yLabel}, ${panel}: from ${least.toPrecision(3)} to ${greatest.toPrecision(3)}`,
      {
        height: 300,
        marginLeft: 52,
        x: { label: xLabel, ...horizontal },
        y: { label: yLabel, reverse: matrix, ...vertical },
        marks: [imageMark(source, horizontal.domain, vertical.domain)],
      },
    );
    return { ...drawn, cells: { xLabel, yLabel, quantity, xs, ys, values: valuesOf(own, xs, ys) } };
  });
  return { title, panels, legend: scaleLegend(quantity, [low, (low + high) / 2, high], color, scale === 'signed-root') };
}

const plainTick = (value: number): string => String(Number(value.toPrecision(6)));

interface CellAxis {
  readonly domain: [number, number];
  readonly ticks: number | number[];
  readonly tickFormat: (value: number) => string;
}

/** The axis of rising cell positions: to scale where they are evenly spaced, else cells of one size with the position of each below. */
function cellAxis(positions: readonly number[]): CellAxis {
  const count = positions.length;
  const [first, last] = [positions[0]!, positions.at(-1)!];
  const step = (last - first) / Math.max(1, count - 1) || 1;
  if (positions.every((position, at) => Math.abs(position - first - at * step) < 1e-6 * step))
    return { domain: [first - step / 2, last + step / 2], ticks: Math.min(5, count), tickFormat: plainTick };
  const shown = Array.from({ length: count }, (_, at) => at).filter((at) => at % Math.ceil(count / 12) === 0);
  return { domain: [-0.5, count - 0.5], ticks: shown, tickFormat: (at) => plainTick(positions[at]!) };
}

/** One row for every cell: the mean of those that share it, such as pairs of models. */
function averaged(rows: readonly HeatmapRow[]): HeatmapRow[] {
  return [...groupBy(rows, ({ panel, x, y }) => JSON.stringify([panel, x, y])).values()].map((same) =>
    same.length === 1 ? same[0]! : { ...same[0]!, value: meanWithError(same.map(({ value }) => value)).mean },
  );
}

/** Row by row; NaN where there is no cell. */
function valuesOf(rows: readonly HeatmapRow[], xs: readonly number[], ys: readonly number[]): Float32Array {
  const [columnOf, rowOf] = [xs, ys].map((all) => new Map(all.map((value, at) => [value, at])));
  const values = new Float32Array(xs.length * ys.length).fill(NaN);
  for (const { x, y, value } of rows) values[rowOf!.get(y)! * xs.length + columnOf!.get(x)!] = value;
  return values;
}

/** The cells as a PNG, one pixel each, the first row on top. Cells that are missing are transparent. */
function picture(rows: readonly HeatmapRow[], xs: readonly number[], ys: readonly number[], color: (value: number) => Rgb): string {
  const [columnOf, rowOf] = [xs, ys].map((all) => new Map(all.map((value, at) => [value, at])));
  const [width, height] = [xs.length, ys.length];
  const data = new Uint8Array(4 * width * height);
  for (const { x, y, value } of rows) data.set([...color(value), 255], 4 * (rowOf!.get(y)! * width + columnOf!.get(x)!));
  const bytes = encode({ width, height, data, channels: 4, depth: 8 });
  return `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
}

/** A picture that fills a rectangle of the plot. */
function imageMark(source: string, x: [number, number], y: [number, number]): Plot.Markish {
  const render: Plot.RenderFunction = (_index, scales, _values, _dimensions, context) => {
    const place = (scale: ((value: number) => number) | undefined, ends: [number, number]): [number, number] => {
      const [a, b] = ends.map((end) => scale!(end)) as [number, number];
      return [Math.min(a, b), Math.abs(b - a)];
    };
    const [left, width] = place(scales.x as never, x);
    const [top, height] = place(scales.y as never, y);
    const image = context.document.createElementNS('http://www.w3.org/2000/svg', 'image');
    const attributes = { x: left, y: top, width, height, href: source, preserveAspectRatio: 'none', style: 'image-rendering:pixelated' };
    for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, String(value));
    return image as unknown as ReturnType<Plot.RenderFunction>;
  };
  return render as unknown as Plot.Markish;
}

/** What colours stand for. */
function scaleLegend(quantity: string, places: readonly number[], color: (value: number) => Rgb, isRoot: boolean): LegendEntry[] {
  return places.map((place) => {
    const value = isRoot ? Math.sign(place) * place ** 2 : place;
    return { name: `${quantity} ${formatNumber(Number(value.toPrecision(3)))}`, color: cssColor(color(place)) };
  });
}
