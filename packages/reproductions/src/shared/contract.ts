import type { Claim, EngineInfo, RunEvent, Scale, SummaryRow, Verdict } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import type { Report, Table } from '@basinlab/report';
import type { ZodType } from 'zod';

export type { Reproduction, Scale, SummaryRow } from '@basinlab/core';

/** A statement of the paper, ours, and the verdict. */
export interface JudgedClaim extends Pick<Claim, 'statement' | 'paper' | 'rule'> {
  readonly ours: string;
  readonly verdict: Verdict;
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
  readonly claims: readonly JudgedClaim[];
  /** Further results that a computation's own report needs. */
  readonly details: unknown;
}

export interface ComputationContext {
  readonly scale: Scale;
  /** Folder for everything written; it exists. */
  readonly out: string;
  readonly engine: EngineInfo;
  readonly registry: Registry;
  readonly signal: AbortSignal;
  /** Progress and artifacts. */
  emit(event: RunEvent): void;
}

export interface ComputationResult {
  readonly seeds: Summary['seeds'];
  readonly rows: readonly SummaryRow[];
  readonly details: unknown;
}

/**
 * A figure that draws its own report from files of its own, as those of paper B do: curves and components that are walked, not measured on trained
 * populations. What can be said with populations, measurements and plots is a `Reproduction` of core's contracts instead.
 */
export interface Computation<C = unknown> {
  readonly id: string;
  readonly config: ZodType<C>;
  /** The settings of a scale, complete. */
  defaults(scale: Scale): C;
  run(config: C, context: ComputationContext): Promise<ComputationResult>;
  /** What people read in the terminal. */
  table(summary: Summary): Table;
  /** The report and its figures as SVG files, from the summary and the files in `out`. */
  report(summary: Summary, out: string): Promise<{ report: Report; files: Readonly<Record<string, string>> }>;
}
