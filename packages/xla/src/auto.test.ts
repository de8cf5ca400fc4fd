import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { describeOnXla, values } from './testing.fixture.js';

describeOnXla('one import', () => {
  test('makes xla the backend', async () => {
    tf.removeBackend('xla');
    await import('./auto.js');
    expect(tf.getBackend()).toBe('xla');
    expect(values(tf.add(tf.ones([2]), 1))).toEqual([2, 2]);
  });
});
