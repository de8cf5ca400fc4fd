export { catalogue, papers, type CatalogueEntry } from './catalogue.js';
export { findReproduction } from './find.js';
export type { Reproduction, ReproductionContext, ReproductionResult, Summary, SummaryRow } from './shared/contract.js';
export { reproduce, type ReproduceOptions } from './shared/reproduce.js';
export { writeReport } from './shared/write-report.js';
export { paths, type PathRow, type RescaledRow } from './paper-b/connectivity-mnist/results.js';
