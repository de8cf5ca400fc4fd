import type { Executor } from '@basinlab/core';
import { localExecutor } from './local/local.js';

/** Ways to run jobs. */
export const builtinExecutors: readonly Executor[] = [localExecutor as Executor];
