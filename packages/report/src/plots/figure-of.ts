import type { MeasurementColumn, MeasurementPlot, MeasurementRow } from '@basinlab/core';
import type { Figure } from '../rows.js';
import { distinct, groupBy, meanWithError } from '../statistics.js';
import { bandsFigure } from './bands.js';
import { boxesFigure } from './boxes.js';
import { dependenceFigure } from './dependence.js';
import { heatmapFigure } from './heatmap.js';
import { linesFigure } from './lines.js';
import { planeFigure } from './plane.js';

/** Rows under their columns. */
export interface PlottedTable {
  readonly columns: readonly MeasurementColumn[];
  readonly rows: readonly MeasurementRow[];
}

/** A figure and the rows that it shows. */
export interface PlottedFigure {
  readonly figure: Figure;
  readonly data: PlottedTable;
}

/** Draws a plot that a measurement or reproduction declares by column names; null where the table has no row for it. */
export function figureOf(plot: MeasurementPlot, { columns, rows }: PlottedTable): PlottedFigure | null {
  const named = (name: string): string => {
    const column = columns.find((candidate) => candidate.name === name);
    return column?.unit === undefined ? spaced(name) : `${spaced(name)} (${column.unit})`;
  };
  // The paths over a plane have no values.
  const places = [plot.x, plot.y, ...('value' in plot && plot.kind !== 'plane' ? [plot.value] : [])];
  const there = places.every((name) => columns.some((column) => column.name === name));
  const chosen = rows.filter(
    (row) => matches(row, plot.where ?? {}) && places.every((name) => row[name] !== null && row[name] !== undefined),
  );
  if (!there || chosen.length === 0) return null;
  const facets = (plot.facet ?? []).filter((name) => distinct(rows.map((row) => row[name])).length > 1);
  const panelOf = (row: MeasurementRow): string => {
    const told = facets.filter((name) => row[name] !== null && row[name] !== undefined);
    return told.map((name) => `${spaced(name)} ${text(row[name])}`).join(', ') || 'all';
  };
  const seriesOf = (row: MeasurementRow): string => ('series' in plot && plot.series !== undefined ? text(row[plot.series]) : 'mean');
  const data = { columns: columns.filter(({ name }) => chosen.some((row) => row[name] !== null && row[name] !== undefined)), rows: chosen };
  const labels = { title: plot.title, xLabel: named(plot.x), yLabel: named(plot.y) };
  const lines = () => chosen.map((row) => ({ panel: panelOf(row), series: seriesOf(row), x: Number(row[plot.x]), y: Number(row[plot.y]) }));
  const draw = (): Figure => {
    switch (plot.kind) {
      case 'lines':
        return bandsFigure(lines(), { ...labels, ...scalesOf(plot), shared: plot.ownScales !== true });
      case 'scatter':
        return linesFigure(lines(), { ...labels, ...scalesOf(plot), dots: true, diagonal: plot.diagonal ?? false });
      case 'plane': {
        const isPath = (row: MeasurementRow): boolean => (row[plot.series] ?? null) !== null;
        const cells = chosen
          .filter((row) => !isPath(row))
          .map((row) => ({ panel: panelOf(row), x: Number(row[plot.x]), y: Number(row[plot.y]), value: Number(row[plot.value]) }));
        const over = chosen
          .filter(isPath)
          .map((row) => ({ panel: panelOf(row), series: seriesOf(row), x: Number(row[plot.x]), y: Number(row[plot.y]) }));
        return planeFigure(cells, over, {
          ...labels,
          quantity: named(plot.value),
          ...(plot.clip === undefined ? {} : { clip: plot.clip }),
        });
      }
      case 'heatmap': {
        const cells = chosen.map((row) => ({
          panel: panelOf(row),
          x: Number(row[plot.x]),
          y: Number(row[plot.y]),
          value: Number(row[plot.value]),
        }));
        return heatmapFigure(averagedCells(cells), {
          ...labels,
          quantity: named(plot.value),
          scale: plot.scale ?? 'linear',
          matrix: plot.scale !== undefined && plot.scale !== 'linear',
        });
      }
      case 'boxes': {
        const values = chosen.map((row) => ({ panel: panelOf(row), at: text(row[plot.x]), value: Number(row[plot.y]) }));
        return boxesFigure(values, { title: plot.title, quantity: named(plot.y), along: spaced(plot.x) });
      }
      case 'bars': {
        const means = [...groupBy(chosen, (row) => JSON.stringify([panelOf(row), seriesOf(row), row[plot.x]]))].map(([, same]) => ({
          panel: panelOf(same[0]!),
          series: seriesOf(same[0]!),
          at: typeof same[0]![plot.x] === 'number' ? Number(same[0]![plot.x]) : text(same[0]![plot.x]),
          ...meanWithError(same.map((row) => Number(row[plot.y]))),
        }));
        return dependenceFigure(means, { title: plot.title, quantity: named(plot.y), along: spaced(plot.x) });
      }
      default:
        return plot satisfies never;
    }
  };
  return { figure: draw(), data };
}

const scalesOf = ({ scale = 'linear', xScale = 'linear' }: { scale?: 'linear' | 'log'; xScale?: 'linear' | 'log' }) => ({
  xScale,
  yScale: scale,
});

const matches = (row: MeasurementRow, where: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(where).every(([name, value]) => (row[name] ?? null) === value);

const text = (value: unknown): string => (value === null || value === undefined ? 'none' : String(value));

/** `accuracyBarrier` -> `accuracy barrier`. */
const spaced = (name: string): string => name.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);

/** One value per cell: the mean over models, pairs and seeds. */
function averagedCells<T extends { panel: string; x: number; y: number; value: number }>(cells: readonly T[]): T[] {
  const groups = new Map<string, T[]>();
  for (const cell of cells) {
    const key = `${cell.panel} ${cell.x} ${cell.y}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  return [...groups.values()].map((same) =>
    same.length === 1 ? same[0]! : { ...same[0]!, value: same.reduce((sum, { value }) => sum + value / same.length, 0) },
  );
}
