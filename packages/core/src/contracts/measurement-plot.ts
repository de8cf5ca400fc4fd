/** Which rows a plot shows. */
interface Selection {
  readonly title: string;
  /** Only rows with these values, for example `{ statistic: 'mean' }`. */
  readonly where?: Readonly<Record<string, string | number | boolean | null>>;
  /** A plot of its own for every value of these columns. */
  readonly facet?: readonly string[];
}

/**
 * A plot of a measurement's rows, told by column names; `@basinlab/report` draws it. Columns that the runner adds (`model`, `pair`, `alignment`,
 * `epoch`, `split`, and the labels of a sweep or reproduction) may be named like those of the measurement.
 */
export type MeasurementPlot =
  /** A line per value of `series`, with a band of one standard error where several rows share an x. */
  | (Selection & {
      readonly kind: 'lines';
      readonly x: string;
      readonly y: string;
      readonly series?: string;
      readonly scale?: 'linear' | 'log';
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
  | (Selection & { readonly kind: 'scatter'; readonly x: string; readonly y: string; readonly series?: string });
