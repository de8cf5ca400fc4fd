import type { MetricRow } from '@basinlab/tensor';
import type { MeasurementColumn, MeasurementRow } from './measurement.js';

/** What a run tells its subscribers: the progress bar, the run store and the report. */
export type RunEvent =
  | {
      readonly kind: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly details?: Readonly<Record<string, number | string>>;
    }
  /** On how many devices the models of a population move from here on, and what was tried: least seconds per step and model. */
  | {
      readonly kind: 'placement';
      readonly stage: string;
      readonly execution: 'map' | 'vmap';
      readonly devices: number;
      readonly trial?: readonly { readonly devices: number; readonly seconds: number }[];
    }
  | { readonly kind: 'checkpoint'; readonly stage: string; readonly path: string; readonly epoch: number }
  | { readonly kind: 'metric'; readonly stage: string; readonly rows: readonly MetricRow[] }
  /** What a measurement found out about one subject, which `labels` name. */
  | {
      readonly kind: 'measured';
      readonly measurement: string;
      /** Position among the measurements that were asked for. */
      readonly request: number;
      readonly labels: Readonly<Record<string, string | number | null>>;
      /** The measurement's own, which say what of a row was found and what it is about. */
      readonly columns: readonly MeasurementColumn[];
      /** Complete: a value for every column, null where there is none. */
      readonly rows: readonly MeasurementRow[];
    }
  /** A file that was written. */
  | { readonly kind: 'artifact'; readonly path: string; readonly mediaType: string };
