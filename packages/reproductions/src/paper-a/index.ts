import type { Reproduction } from '@basinlab/core';
import { mnistMlpLmc } from './mnist-mlp-lmc.js';

/** The figures of paper A, and two that it leaves open. */
export const paperA: readonly Reproduction[] = [mnistMlpLmc as Reproduction];
