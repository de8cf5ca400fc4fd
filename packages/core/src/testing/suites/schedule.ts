import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Schedule } from '../../contracts/index.js';
import { expectAllclose } from '@basinlab/tensor/testing';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, forExample, identityChecks, optionChecks } from './check.js';
import type { Check, Contract } from './check.js';
import { withoutReading } from './without-reading.js';

/** Options and a training that a schedule is tested with. */
export interface ScheduleExample<O> {
  readonly options: Partial<O>;
  /** Epochs of the training. Default 10. */
  readonly epochs?: number;
  /** Steps of an epoch. Default 5. */
  readonly steps?: number;
  /** Known factors. A step is counted from the beginning of the training. */
  readonly expected?: readonly { readonly epoch: number; readonly step: number; readonly factor: number }[];
}

/**
 * What every schedule must do: a finite factor, not negative, at every time of a training and long after, the same for the same time, some of them above
 * 0, made of tensor operations.
 */
export function scheduleContract<O>(schedule: Schedule<O>, examples: readonly ScheduleExample<O>[]): Contract {
  const each = (example: ScheduleExample<O>) =>
    forExample(example, [...optionChecks(schedule.options, example.options), ...factorChecks(schedule, example)]);
  return contractOf(`schedule ${schedule.id}`, [...identityChecks(schedule), ...examples.flatMap(each)]);
}

/** An epoch and a step, both from 0. */
type Time = readonly [epoch: number, step: number];

function factorChecks<O>(schedule: Schedule<O>, { options: partial, epochs = 10, steps = 5, expected = [] }: ScheduleExample<O>): Check[] {
  const factor = ([epoch, step]: Time): Tensor =>
    schedule.factor(schedule.options.parse(partial), { epoch: tf.scalar(epoch, 'float32'), step: tf.scalar(step, 'float32') });
  const valueOf = (time: Time): number => factor(time).dataSync()[0]!;
  const times: readonly Time[] = Array.from({ length: epochs * steps }, (_, step) => [Math.floor(step / steps), step]);
  const tidy = (run: () => void) => () => assertNoLeak(() => tf.tidy(run));
  const assertFactor = (time: Time): void => {
    const { shape, dtype } = factor(time);
    assert.deepEqual([shape, dtype], [[], 'float32'], `epoch ${time[0]}, step ${time[1]}`);
    const value = valueOf(time);
    assert.ok(Number.isFinite(value) && value >= 0, `epoch ${time[0]}, step ${time[1]}: a factor from 0, got ${value}`);
  };
  return [
    { name: 'factors are finite float32 scalars, none below 0', run: tidy(() => times.forEach(assertFactor)) },
    {
      name: 'goes on after its end with factors of the same kind',
      run: tidy(() => [1, 10, 100].forEach((n) => assertFactor([n * epochs, n * epochs * steps]))),
    },
    {
      name: 'the same time has the same factor, in whatever order it is asked for',
      run: tidy(() => {
        const forth = times.map(valueOf);
        assert.deepEqual([...times].reverse().map(valueOf).reverse(), forth);
      }),
    },
    {
      name: 'some step of the training moves parameters',
      run: tidy(() =>
        assert.ok(
          times.some((time) => valueOf(time) > 0),
          'a factor above 0 somewhere',
        ),
      ),
    },
    {
      name: 'factors are those expected',
      run: tidy(() => {
        for (const { epoch, step, factor: value } of expected) expectAllclose(valueOf([epoch, step]), value, { rtol: 1e-5, atol: 1e-6 });
      }),
    },
    {
      name: 'a factor is made without reading a tensor, so that it can be compiled',
      run: tidy(() => withoutReading(() => times.slice(0, 1).forEach(factor))),
    },
  ];
}
