import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { activate, BasinlabError } from '@basinlab/tensor';
import { keyFromSeed } from '@basinlab/tensor/random';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@basinlab/tensor/gradients';
import '@tensorflow/tfjs-backend-cpu';
import { z } from 'zod';
import { initialize, initializeState } from './initialize.js';
import { parseOptions } from './parse-options.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const key = keyFromSeed(4);
const meanSquare = (x: tf.Tensor): number => tf.mean(tf.square(x)).dataSync()[0]!;

describe('initialize', () => {
  test('draws each kind with its spread, the same for the same key', () => {
    const normal = initialize({ kind: 'normal', deviation: 0.2 }, [100, 100], key);
    const uniform = initialize({ kind: 'uniform', bound: 0.3 }, [100, 100], key);
    expect(meanSquare(normal)).toBeCloseTo(0.04, 2);
    expect(meanSquare(uniform)).toBeCloseTo(0.03, 3);
    expect(tf.max(tf.abs(uniform)).dataSync()[0]).toBeLessThanOrEqual(Math.fround(0.3));
    expectAllclose(initialize({ kind: 'normal', deviation: 0.2 }, [100, 100], key), normal, { rtol: 0, atol: 0 });
    expect(meanSquare(initialize({ kind: 'zeros' }, [2, 2], key))).toBe(0);
    expect(Array.from(initialize({ kind: 'ones' }, [2], key).dataSync())).toEqual([1, 1]);
  });
});

describe('initial variance', () => {
  const spec = { name: 'v', shape: [2], axes: [null], init: { kind: 'initialVariance', weight: 'w' } } as const;
  test('is the sum of squared fixed weights and the share of trainable ones', () => {
    const scale = tf.tensor2d([
      [1, 0, 0, 1],
      [1, 1, 1, 1],
    ]);
    const shift = tf.tensor2d([
      [0, 3, -1, 0],
      [0, 0, 0, 0],
    ]);
    expectAllclose(initializeState(spec, { 'w.scale': scale, 'w.shift': shift }), [10.5, 1]);
    expectAllclose(initializeState(spec, { 'w.scale': scale }), [0.5, 1]);
  });
  test('is 1 where nothing is fixed, whatever noise is added', () => {
    expectAllclose(initializeState(spec, { 'w.shift': tf.ones([2, 4]) }), [1, 1]);
    expectAllclose(initializeState({ ...spec, init: 7 }, {}), [7, 7]);
  });
});

test('activations are exact', () => {
  const x = tf.tensor1d([-1, 0, 2]);
  expectAllclose(activate('gelu', x), [-0.15865525, 0, 1.9544997], { atol: 1e-6 });
  expect(Array.from(activate('relu', x).dataSync())).toEqual([0, 0, 2]);
  expect(activate('identity', x)).toBe(x);
});

test('options that do not fit are a usage error that names plugin and field', () => {
  const schema = z.strictObject({ width: z.number().int(), depth: z.number().default(3) });
  expect(parseOptions('net', schema, { width: 4 })).toEqual({ width: 4, depth: 3 });
  const attempt = (): unknown => parseOptions('net', schema, { width: 'wide' });
  expect(attempt).toThrow(BasinlabError);
  expect(attempt).toThrow(/^net: options\.width must be valid: .*, got \{"width":"wide"\}$/);
  expect(() => parseOptions('net', schema, { width: 1, height: 2 })).toThrow(/^net: options must be valid: .*height/);
});
