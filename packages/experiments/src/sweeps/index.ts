export { combinations, parseGrid, type Axis, type Combination } from './grid.js';
export { flatRows, headers, quantitiesOf, sweepFigures, sweepRow, sweepTable, type Measured, type SweepRow } from './results.js';
export { checkFolders, runSweep, trainSweep, type RunOutcome, type SweepOptions, type SweepRun } from './run-sweep.js';
export { writeSweep, type SweepSummary } from './write-sweep.js';
export { planSweep, type PlannedSweep, type SweepRequest } from './plan-sweep.js';
