import type { Schedule } from '../../contracts/index.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { cosineWarmup } from './cosine-warmup.js';
import { exponential } from './exponential.js';
import { linearWarmup } from './linear-warmup.js';
import { multiStep } from './multi-step.js';
import { sequenceOf } from './sequence.js';
import { step } from './step.js';

/** The others one after the other. */
export const sequence = sequenceOf([constant, cosine, cosineWarmup, exponential, linearWarmup, multiStep, step]);

/** Every schedule of this package, for registries. */
export const builtinSchedules: readonly Schedule[] = [constant, cosine, cosineWarmup, exponential, linearWarmup, multiStep, sequence, step];
