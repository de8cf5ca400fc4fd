import type { Reproduction } from '@basinlab/core';
import { paperA } from './paper-a/index.js';
import { paperB } from './paper-b/index.js';
import { paperC } from './paper-c/index.js';

/** Every figure of the three papers, in the order in which they are listed. */
export const builtinReproductions: readonly Reproduction[] = [...paperA, ...paperB, ...paperC];

export { aggregate, numberAt, type AggregateOptions } from './shared/aggregate.js';
export type { JudgedClaim, Summary } from './shared/contract.js';
export { estimate, type EstimatedPart } from './shared/estimate.js';
export { reproduceFigure, type ReproduceFigureOptions } from './shared/library.js';
export { papers } from './shared/papers.js';
export {
  planReproduction,
  reproduce,
  reproducePart,
  splitReproduction,
  type PlannedReproduction,
  type ReproduceOptions,
} from './shared/reproduce.js';
export { rewriteReport } from './shared/rewrite-report.js';
export { claimLines, claimsTable, summaryTable } from './shared/report.js';
