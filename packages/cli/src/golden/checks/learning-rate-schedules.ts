import * as tf from '@tensorflow/tfjs-core';
import { parseOptions } from '@basinlab/core';
import type { Schedule } from '@basinlab/core';
import { linearWarmup, multiStep } from '@basinlab/core/training';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';

const description = z.object({
  epochs: z.number(),
  resnet: z.object({ milestones: z.array(z.number()), gamma: z.number() }),
  linear_warmup: z.object({ warmup_steps: z.number() }),
});

/** Learning rate of every epoch under the reference's two schedules. */
export const learningRateSchedules: GoldenCheck = {
  kinds: ['lr_schedules'],
  async compute(fixture) {
    const { epochs, resnet, linear_warmup } = description.parse(fixture.parameters);
    const base = fixture.inputs['base_lr']!.data[0]!;
    return {
      resnet_scheduler: await rates(multiStep, resnet, base, epochs),
      linear_warmup: await rates(linearWarmup, { length: linear_warmup.warmup_steps }, base, epochs),
    };
  },
};

async function rates<O>(schedule: Schedule<O>, settings: Partial<O>, base: number, epochs: number): Promise<number[]> {
  const options = parseOptions(schedule.id, schedule.options, settings);
  const factors = Array.from({ length: epochs }, (_, epoch) =>
    schedule.factor(options, { epoch: tf.scalar(epoch), step: tf.scalar(epoch) }),
  );
  return Promise.all(factors.map(async (factor) => base * (await factor.data())[0]!));
}
