/** One point of a curve; `panel` names its plot, `series` its line. */
export interface LineRow {
  readonly panel: string;
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

/** A function on a rectangle of the plane and what is drawn over it; `panel` names the plot. */
export interface PlaneRow {
  readonly panel: string;
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** A mean at one value of a setting. `standardError` is null where there is one value. */
export interface DependenceRow {
  readonly panel: string;
  readonly series: string;
  readonly at: number | string;
  readonly mean: number;
  readonly standardError: number | null;
}

/** One plot of a figure. A figure has a panel per setting, with the same axes unless it says otherwise. */
export interface Panel {
  readonly title: string;
  /** A complete `<svg>` element. */
  readonly svg: string;
  /** Values of the cells of a heat map, for a page that tells them under the pointer. */
  readonly cells?: PanelCells;
  readonly width: number;
  readonly height: number;
}

/** Cells of a picture in a panel: row by row from the top. */
export interface PanelCells {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly quantity: string;
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  readonly values: Float32Array;
}

/** A figure as panels with a shared legend: the report lays them out for its page, `composeSvg` makes one file of them. */
export interface Figure {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly legend: readonly LegendEntry[];
}

/** A series and its colour. */
export interface LegendEntry {
  readonly name: string;
  readonly color: string;
}

/** A cell of a matrix or of a grid. */
export interface HeatmapRow {
  readonly panel: string;
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** One of the values that a box sums up. */
export interface BoxRow {
  readonly panel: string;
  readonly at: string | number;
  readonly value: number;
}
