import { trainValidationSplit } from '@basinlab/datasets';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { parameterOf } from '../inputs.js';

/** The validation samples of the fixed split, and the first training samples. */
export const trainValidationSplitCheck: GoldenCheck = {
  kinds: ['train_val_split'],
  compute(fixture) {
    const number = (name: string): number => parameterOf(fixture, name, z.number());
    const { train, validation } = trainValidationSplit(number('total'), number('val_split'), number('seed'));
    const head = fixture.expected['train_indices_head']?.shape[0] ?? 0;
    return Promise.resolve({ val_indices: validation, train_indices_head: train.slice(0, head) });
  },
};
