import type { ActivationBatch } from './activation-batch.js';
import type { MetricRow } from './metric.js';

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
  | { readonly kind: 'checkpoint'; readonly stage: string; readonly path: string; readonly epoch: number }
  | { readonly kind: 'activations'; readonly batch: ActivationBatch }
  | { readonly kind: 'metric'; readonly stage: string; readonly rows: readonly MetricRow[] }
  | { readonly kind: 'artifact'; readonly path: string; readonly mediaType: string };
