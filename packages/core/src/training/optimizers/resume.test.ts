import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../../index.js';
import { defineUpdateRule } from '../update-rule.js';
import { constant } from '../schedules/index.js';
import { trainPopulation } from '../train-population.js';
import { collect, memorySink, parametersOf, smallPlan } from '../training.fixture.js';
import { builtinOptimizers } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(builtinOptimizers)('$id', (optimizer) => {
  test.each(['map', 'vmap'] as const)('goes on from a checkpoint to the same bits, %s', async (execution) => {
    const plan = {
      ...smallPlan({ models: 2, epochs: 2, execution }),
      updateRule: defineUpdateRule({ optimizer, schedule: constant, learningRate: 0.01 }),
    };
    const sink = memorySink();
    const train = async (changes: object) => parametersOf((await collect(trainPopulation({ ...plan, ...changes }))).events);
    const whole = await train({ sink, checkpoints: () => true });
    expect(await train({ resume: sink.saved.get(1)! })).toEqual(whole);
  });
});
