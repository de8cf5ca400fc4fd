import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../../index.js';
import { scheduleContract } from '../../testing/index.js';
import { testContract } from '../../testing/jest.js';
import type { Schedule } from '../../contracts/index.js';
import { parseOptions } from '../../network/parse-options.js';
import { constant, cosine, cosineWarmup, exponential, linearWarmup, multiStep, sequence, sequenceOf, step } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

testContract(scheduleContract(constant, [{ options: {} }]));
testContract(scheduleContract(cosine, [{ options: { length: 8 } }, { options: { length: 40, unit: 'step', floor: 0.5 } }]));
testContract(scheduleContract(cosineWarmup, [{ options: { length: 10, warmup: 2 } }]));
testContract(scheduleContract(exponential, [{ options: { gamma: 0.9, epochs: 5 } }]));
testContract(scheduleContract(linearWarmup, [{ options: { length: 4 } }]));
testContract(scheduleContract(multiStep, [{ options: { milestones: [2, 5] }, expected: [{ epoch: 3, step: 15, factor: 0.1 }] }]));
testContract(scheduleContract(step, [{ options: { every: 3, gamma: 0.5 } }]));
const warmThenCosine = [
  { id: 'linear-warmup', options: { length: 4 }, length: 4 },
  { id: 'cosine', options: { length: 6 } },
];
testContract(scheduleContract(sequence, [{ options: { parts: warmThenCosine } }]));

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

test('cosine-warmup starts at 0, rises, and falls to 0', () => {
  expectAllclose(factors(cosineWarmup, { length: 10, warmup: 2 }, [0, 1, 2, 6, 10, 15]), [0, 0.5, 1, 0.5, 0, 0], { atol: 1e-6 });
  expectAllclose(factors(cosineWarmup, { length: 80, warmup: 0, unit: 'step' }, [0, 4, 8]), [1, 0.5, 0], { atol: 1e-6 });
  expect(() => factors(cosineWarmup, { length: 2, warmup: 3 }, [0])).toThrow('a warm-up that is no longer than the whole');
});

describe('a sequence', () => {
  const warm = { id: 'linear-warmup', options: { length: 4 }, length: 4 };

  test('runs one schedule after the other, each from its own beginning', () => {
    const parts = [warm, { id: 'cosine', options: { length: 8 } }];
    const expected = [0.25, 0.75, 1, 1, 0.5, 0, 0];
    expectAllclose(factors(sequence, { parts }, [0, 2, 3, 4, 8, 12, 50]), expected, { atol: 1e-6 });
    const three = [warm, { id: 'constant', length: 2 }, { id: 'step', options: { every: 2, gamma: 0.5 } }];
    expectAllclose(factors(sequence, { parts: three } as never, [3, 5, 6, 8, 9, 10]), [1, 1, 1, 0.5, 0.5, 0.25], { rtol: 1e-6 });
  });

  test('may count steps, whatever its parts count', () => {
    const parts = [warm, { id: 'cosine', options: { length: 80, unit: 'epoch' } }];
    const after = (steps: number): number => (1 + Math.cos((Math.PI * steps) / 80)) / 2;
    expectAllclose(factors(sequence, { unit: 'step', parts }, [0, 4, 8]), [0.25, after(36), after(76)], { atol: 1e-6 });
  });

  test('names the part that is wrong', () => {
    const parse = (parts: unknown) => (): unknown => parseOptions('sequence', sequence.options, { parts });
    expect(parse([])).toThrow('sequence: options.parts must be valid');
    expect(parse([{ id: 'cosin' }])).toThrow('options.parts.0.id must be valid: must be one of constant, cosine,');
    expect(parse([warm, { id: 'cosine', options: { length: 0 } }])).toThrow('options.parts.1.options.length must be valid');
    expect(parse([{ id: 'constant' }, warm])).toThrow('options.parts.0.length must be valid: must be given for every part but the last');
    expect(() => parseOptions('sequence', sequenceOf([constant]).options, { parts: [warm] })).toThrow(
      'must be one of constant, got linear',
    );
  });
});
