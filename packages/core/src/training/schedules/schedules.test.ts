import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../../index.js';
import type { Schedule } from '../../contracts/index.js';
import { parseOptions } from '../../network/parse-options.js';
import { expectAllclose } from '../../testing/matchers.js';
import { constant, cosine, exponential, linearWarmup, multiStep, step } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Factors at some epochs; every epoch has ten steps. */
function factors<O>(schedule: Schedule<O>, settings: Partial<O>, epochs: number[]): number[] {
  const options = parseOptions(schedule.id, schedule.options, settings);
  return epochs.map((epoch) => schedule.factor(options, { epoch: tf.scalar(epoch), step: tf.scalar(10 * epoch) }).dataSync()[0]!);
}

test('constant stays 1', () => {
  expect(factors(constant, {}, [0, 1000])).toEqual([1, 1]);
});

test('step changes every few epochs', () => {
  expectAllclose(factors(step, { every: 3, gamma: 0.5 }, [0, 2, 3, 5, 6]), [1, 1, 0.5, 0.5, 0.25], { rtol: 1e-6 });
});

test('multi-step changes at its milestones', () => {
  expectAllclose(factors(multiStep, { milestones: [2, 5] }, [0, 1, 2, 4, 5, 100]), [1, 1, 0.1, 0.1, 0.01, 0.01], { rtol: 1e-6 });
});

test('exponential grows, then stays', () => {
  expectAllclose(factors(exponential, { gamma: 1.259, epochs: 20 }, [0, 1, 20, 21]), [1, 1.259, 1.259 ** 20, 1.259 ** 20], { rtol: 1e-7 });
});

test('linear warm-up reaches 1 at its length, in epochs or steps', () => {
  expectAllclose(factors(linearWarmup, { length: 4 }, [0, 1, 3, 9]), [0.25, 0.5, 1, 1]);
  expectAllclose(factors(linearWarmup, { length: 40, unit: 'step' }, [0, 2, 9]), [1 / 40, 21 / 40, 1]);
});

test('cosine falls to its floor', () => {
  expectAllclose(factors(cosine, { length: 8 }, [0, 2, 4, 8, 12]), [1, (1 + Math.SQRT1_2) / 2, 0.5, 0, 0], { atol: 1e-7 });
  expectAllclose(factors(cosine, { length: 80, unit: 'step', floor: 0.5 }, [0, 4, 8]), [1, 0.75, 0.5], { rtol: 1e-6 });
});
