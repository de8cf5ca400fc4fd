import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Schedule } from '../../contracts/index.js';
import { parseOptions } from '../../network/parse-options.js';

const part = z.strictObject({
  /** A schedule. */
  id: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  /** Epochs (or steps) that it lasts; the last part goes on to the end, and needs none. */
  length: z.number().int().positive().optional(),
});

const options = z.strictObject({
  /** What lengths count, and what passes for both epochs and steps inside the parts. */
  unit: z.enum(['epoch', 'step']).default('epoch'),
  parts: z.array(part).min(1),
});
/** Options of `sequence`. */
export type SequenceOptions = z.output<typeof options>;

/**
 * One schedule after the other, each from its own time 0: a linear warm-up of 5 epochs, then a cosine over 95. The schedules that may be parts
 * are those given here, by id; their options are checked with the sequence's.
 */
export function sequenceOf(schedules: readonly Schedule[]): Schedule<SequenceOptions> {
  const find = (id: string): Schedule | undefined => schedules.find((schedule) => schedule.id === id);
  const checked = options.superRefine(({ parts }, context) => {
    for (const [index, { id, options: own, length }] of parts.entries()) {
      const schedule = find(id);
      const path = ['parts', index];
      if (length === undefined && index + 1 < parts.length)
        context.addIssue({ code: 'custom', path: [...path, 'length'], message: 'must be given for every part but the last' });
      if (schedule === undefined) {
        const known = schedules.map((each) => each.id).join(', ');
        context.addIssue({ code: 'custom', path: [...path, 'id'], message: `must be one of ${known}, got ${id}` });
        continue;
      }
      for (const issue of schedule.options.safeParse(own).error?.issues ?? [])
        context.addIssue({ code: 'custom', path: [...path, 'options', ...issue.path], message: issue.message });
    }
  });
  return {
    id: 'sequence',
    options: checked,
    factor({ unit, parts }, at) {
      const now = tf.cast(at[unit], 'float32');
      let start = 0;
      let factor: Tensor | undefined;
      for (const { id, options: own, length } of parts) {
        const schedule = find(id)!;
        const time = tf.sub(now, start);
        const next = schedule.factor(parseOptions(id, schedule.options, own as object), { epoch: time, step: time });
        factor = factor === undefined ? next : tf.where(tf.less(now, start), factor, next);
        start += length ?? 0;
      }
      return factor!;
    },
  };
}
