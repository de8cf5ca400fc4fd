import { afterAll, beforeAll, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { cells } from './grid.js';
import { choices } from './networks.js';
import { epochs } from './pair.js';
import { createSession, type Alignment } from './session.js';
import type { Curve } from './curve.js';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.removeBackend('wasm'));

async function run(id: string, seed: number): Promise<{ trained: Curve; aligned: Alignment; told: number; middle: Float32Array }> {
  const session = createSession(choices.find((choice) => choice.id === id)!.network(), seed);
  try {
    const curves: Curve[] = [];
    for await (const { curve } of session.train(new AbortController().signal)) curves.push(curve);
    const aligned = await session.align();
    return { trained: curves.at(-1)!, aligned, told: curves.length, middle: await session.decisions('aligned', 0.5) };
  } finally {
    session.dispose();
  }
}

test('standard networks have a barrier that falls when neurons are aligned; W networks have a low one without; nothing leaks', async () => {
  const before = tf.memory().numTensors;
  const standard = await run('standard', 1);
  expect(standard.told).toBe(epochs + 1);
  expect(standard.trained.accuracy[0]).toBeGreaterThan(97);
  expect(standard.trained.barrier).toBeGreaterThan(0.25);
  expect(standard.aligned.curve.barrier).toBeLessThan(standard.trained.barrier / 5);
  expect(standard.aligned.changed).toBe(false);
  expect(standard.aligned.moved).toBeGreaterThan(64);
  expect(standard.middle).toHaveLength(cells * cells * 3);

  const w = await run('w', 1);
  expect(w.trained.accuracy[0]).toBeGreaterThan(97);
  expect(w.trained.barrier).toBeLessThan(standard.trained.barrier / 2);
  expect(w.aligned.moved).toBeLessThan(standard.aligned.moved / 2);
  expect(tf.memory().numTensors).toBe(before);
}, 300_000);
