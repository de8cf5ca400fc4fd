export { diagnosis, stages, type Stage } from './diagnosis.measurement.js';
export { createHybridEvaluator, cutsOf, type Cut, type Hybrid, type HybridEvaluator, type HybridOptions } from './hybrids.js';
export { stageCosts, verdictOf, type StageCost } from './verdict.js';
