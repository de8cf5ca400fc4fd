/** Which rows a plot shows. */
interface Selection {
  readonly title: string;
  /** Only rows with these values, for example `{ statistic: 'mean' }`. */
  readonly where?: Readonly<Record<string, string | number | boolean | null>>;
  /** A plot of its own for every value of these columns. */
  readonly facet?: readonly string[];
}

/** Default linear. Logarithmic axes leave out values that are not positive, and on the vertical one rounding errors of 0. */
interface AxisScales {
  /** Of the vertical axis. */
  readonly scale?: 'linear' | 'log';
  readonly xScale?: 'linear' | 'log';
}

/**
 * A plot of a measurement's rows, told by column names; `@basinlab/report` draws it. Columns that the runner adds (`model`, `pair`, `alignment`,
 * `epoch`, `split`, and the labels of a sweep or reproduction) may be named like those of the measurement.
 */
export type MeasurementPlot =
  /** A line per value of `series`, with a band of one standard error where several rows share an x. */
  | (Selection &
      AxisScales & {
        readonly kind: 'lines';
        readonly x: string;
        readonly y: string;
        readonly series?: string;
        /** Every facet has a vertical axis of its own. Default false. */
        readonly ownScales?: boolean;
      })
  /** A cell per pair of x and y; `signed` scales are symmetric about 0, `signed-root` of sign(v) sqrt|v|. */
  | (Selection & {
      readonly kind: 'heatmap';
      readonly x: string;
      readonly y: string;
      readonly value: string;
      readonly scale?: 'linear' | 'signed' | 'signed-root';
    })
  /** Quartiles per value of `x`. */
  | (Selection & { readonly kind: 'boxes'; readonly x: string; readonly y: string })
  /** Mean and standard error per value of `x`. */
  | (Selection & { readonly kind: 'bars'; readonly x: string; readonly y: string; readonly series?: string })
  | (Selection &
      AxisScales & {
        readonly kind: 'scatter';
        readonly x: string;
        readonly y: string;
        readonly series?: string;
        /** Draws the line y = x. Default false. */
        readonly diagonal?: boolean;
      })
  /**
   * A surface from above, darker where lower, with paths over it: rows with a `value` are cells of the grid, those with a `series` points of a path.
   * Values beyond a share of the sorted ones (`clip`, default 0.9) share one colour, so that a steep rim does not hide the valley.
   */
  | (Selection & {
      readonly kind: 'plane';
      readonly x: string;
      readonly y: string;
      readonly value: string;
      readonly series: string;
      readonly clip?: number;
    });
