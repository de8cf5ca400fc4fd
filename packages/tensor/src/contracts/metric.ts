import type { ActivationBatch } from './activation-batch.js';

/** One number of a metric. */
export interface MetricRow {
  readonly name: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
}

/** A label of a metric's rows: what becomes a column where the metric is measured. */
export interface MetricLabel {
  readonly name: string;
  readonly summary: string;
  readonly type: 'text' | 'number';
}

/** A pure kernel with a thin streaming reducer. `S` is the running state: sums, moments, counts. */
export interface Metric<S = unknown> {
  readonly id: string;
  /** What it tells, in a line. */
  readonly summary?: string;
  /** Labels of its rows beside `layer` and `site` of activations and `model` of a metric of one model, which need not be declared. */
  readonly labels?: readonly MetricLabel[];
  /** What a batch must hold, for example `activations:a`. */
  readonly inputs: readonly string[];
  readonly range: readonly [number, number];
  readonly better?: 'higher' | 'lower';
  init(): S;
  update(state: S, batch: ActivationBatch): S;
  result(state: S): readonly MetricRow[];
}
