import * as tf from '@tensorflow/tfjs-core';
import { parseOptions } from '@basinlab/core';
import type { Schedule } from '@basinlab/core';
import { linearWarmup, multiStep } from '@basinlab/core/training';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf } from '../inputs.js';
import { hostValues } from './reference-mlp.js';

const description = z.object({
  epochs: z.number(),
  resnet: z.object({ milestones: z.array(z.number()), gamma: z.number() }),
  linear_warmup: z.object({ warmup_steps: z.number() }),
});

/** Learning rate of every epoch under the reference's two schedules. */
export const learningRateSchedulesCheck: GoldenCheck = {
  kinds: ['lr_schedules'],
  async compute(fixture) {
    const { epochs, resnet, linear_warmup } = description.parse(fixture.parameters);
    const factors = await hostValues(() => ({
      resnet_scheduler: factorsOf(multiStep, resnet, epochs),
      linear_warmup: factorsOf(linearWarmup, { length: linear_warmup.warmup_steps }, epochs),
    }));
    const base = inputOf(fixture, 'base_lr').data[0]!;
    return Object.fromEntries(Object.entries(factors).map(([name, values]) => [name, Array.from(values, (factor) => base * factor)]));
  },
};

function factorsOf<O>(schedule: Schedule<O>, settings: Partial<O>, epochs: number): tf.Tensor {
  const options = parseOptions(schedule.id, schedule.options, settings);
  const at = (epoch: number) => ({ epoch: tf.scalar(epoch), step: tf.scalar(epoch) });
  return tf.stack(Array.from({ length: epochs }, (_, epoch) => tf.reshape(schedule.factor(options, at(epoch)), [])));
}
