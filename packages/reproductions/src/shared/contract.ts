import type { Claim, EngineInfo, SummaryRow, Verdict } from '@basinlab/core';

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
}
