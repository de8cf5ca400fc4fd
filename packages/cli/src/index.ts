export { createContainer, createContainerWith } from './container.js';
export { startEngine } from './engines/select.js';
export { main, runCommandLine } from './main.js';
export { catalogue, papers } from './reproductions/catalogue.js';
export { findReproduction } from './reproductions/index.js';
export { reproduce, type ReproduceOptions } from './reproductions/reproduce.js';
export type { Reproduction, ReproductionContext, ReproductionResult, Summary, SummaryRow } from './reproductions/contract.js';
export { experimentSchema, type Experiment } from './runs/experiment.js';
export { openTerminal, type Terminal } from './terminal.js';
