import type { EngineInfo, RunEvent, Scale } from '@basinlab/core';
import type { Report, Table } from '@basinlab/report';
import type { ZodType } from 'zod';
import type { Registry } from '@basinlab/core/container';

/** One number of a result, beside the paper's. Keys beyond these say what it was measured on. */
export interface SummaryRow {
  readonly quantity: string;
  readonly mean: number;
  /** Null where there is only one value. */
  readonly standardError: number | null;
  /** The paper's value, null where it gives none. */
  readonly paper: number | null;
  readonly [label: string]: string | number | boolean | null;
}

/** What `summary.json` holds. */
export interface Summary {
  readonly id: string;
  readonly scale: string;
  readonly engine: string;
  readonly engineDetails: EngineInfo;
  readonly version: string;
  readonly command: string;
  readonly config: unknown;
  readonly seeds: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  readonly rows: readonly SummaryRow[];
  /** Further results that a reproduction's own report needs. */
  readonly details: unknown;
}

export interface ReproductionContext {
  readonly scale: Scale;
  /** Folder for everything written; it exists. */
  readonly out: string;
  readonly engine: EngineInfo;
  readonly registry: Registry;
  readonly signal: AbortSignal;
  /** Progress and artifacts. */
  emit(event: RunEvent): void;
}

export interface ReproductionResult {
  readonly seeds: Summary['seeds'];
  readonly rows: readonly SummaryRow[];
  readonly details: unknown;
}

/** A figure or table of a paper that one command makes again. Files of its own it writes itself; the summary and the report are written for it. */
export interface Reproduction<C = unknown> {
  readonly id: string;
  readonly config: ZodType<C>;
  /** The settings of a scale, complete. */
  defaults(scale: Scale): C;
  run(config: C, context: ReproductionContext): Promise<ReproductionResult>;
  /** What people read in the terminal. */
  table(summary: Summary): Table;
  /** The report and its figures as SVG files, from the summary and the files in `out`. */
  report(summary: Summary, out: string): Promise<{ report: Report; files: Readonly<Record<string, string>> }>;
}
