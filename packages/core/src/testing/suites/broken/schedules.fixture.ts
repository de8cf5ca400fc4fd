import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Schedule } from '../../../contracts/index.js';
import { scheduleContract } from '../schedule.js';
import { brokenBy, type Collection } from './collection.fixture.js';

const options = z.strictObject({ epochs: z.number().positive().default(10) });
type Tiny = Schedule<z.output<typeof options>>;

/** From 1 to 0 in a straight line. */
const tinySchedule: Tiny = {
  id: 'tiny-schedule',
  options,
  factor: ({ epochs }, { epoch }) => tf.maximum(tf.sub(1, tf.div(epoch, epochs)), 0),
};

const expected = [{ epoch: 5, step: 25, factor: 0.5 }];
const contract = (change: Partial<Tiny>) => scheduleContract({ ...tinySchedule, ...change }, [{ options: {}, expected }]);

let calls = 0;

/** Linear decay. */
export const schedules: Collection = {
  family: 'schedule',
  right: [contract({})],
  broken: brokenBy<Tiny>(contract, [
    ['a vector', 'factors are finite float32 scalars, none below 0', { factor: (o, at) => tf.reshape(tinySchedule.factor(o, at), [1]) }],
    ['an int32', 'factors are finite float32 scalars, none below 0', { factor: (o, at) => tf.cast(tinySchedule.factor(o, at), 'int32') }],
    ['no number at step 0', 'factors are finite float32 scalars, none below 0', { factor: (_, { step }) => tf.div(1, step) }],
    [
      'a line that goes on below 0',
      'goes on after its end with factors of the same kind',
      { factor: ({ epochs }, { epoch }) => tf.sub(1, tf.div(epoch, epochs)) },
    ],
    [
      'one that counts its calls',
      'the same time has the same factor, in whatever order it is asked for',
      { factor: () => tf.scalar(1 / ++calls) },
    ],
    ['one that is always 0', 'some step of the training moves parameters', { factor: () => tf.scalar(0) }],
    ['twice as fast', 'factors are those expected', { factor: ({ epochs }, at) => tinySchedule.factor({ epochs: epochs / 2 }, at) }],
    [
      'a table that is looked up on the host',
      'a factor is made without reading a tensor, so that it can be compiled',
      { factor: ({ epochs }, { epoch }) => tf.scalar(Math.max(0, 1 - epoch.dataSync()[0]! / epochs)) },
    ],
    ['options that take any key', 'an unknown option is refused', { options: z.object(options.shape) as never }],
  ]),
};
