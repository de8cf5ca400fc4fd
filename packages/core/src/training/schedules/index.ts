import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { exponential } from './exponential.js';
import { linearWarmup } from './linear-warmup.js';
import { multiStep } from './multi-step.js';
import { sequenceOf } from './sequence.js';
import { step } from './step.js';

export { constant } from './constant.js';
export { cosine } from './cosine.js';
export type { CosineOptions } from './cosine.js';
export { exponential } from './exponential.js';
export type { ExponentialOptions } from './exponential.js';
export { linearWarmup } from './linear-warmup.js';
export type { LinearWarmupOptions } from './linear-warmup.js';
export { multiStep } from './multi-step.js';
export type { MultiStepOptions } from './multi-step.js';
export { sequenceOf } from './sequence.js';
export type { SequenceOptions } from './sequence.js';
export { step } from './step.js';
export type { StepOptions } from './step.js';

/** The built-in schedules one after the other. */
export const sequence = sequenceOf([constant, cosine, exponential, linearWarmup, multiStep, step]);
