export { drain } from './drain.js';
export type { DrainOptions } from './drain.js';
export { consume, onDemand, stopped } from './on-demand.js';
export { createRateMeter, throttleProgress } from './progress.js';
export type { Clock, Rate } from './progress.js';
export { recordEvents } from './record-events.js';
export type { EventSink } from './record-events.js';
export { runStages, stage, StageError } from './stage.js';
export type { Stage, StageLabel } from './stage.js';
