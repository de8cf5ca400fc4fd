import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '@basinlab/core';
import { createContainer } from '../container.js';
import { startEngine } from './select.js';

const engines = createContainer().list('engine');
const without = (id: string, detail: string): readonly Engine[] =>
  engines.map((engine) => (engine.id === id ? { ...engine, status: async () => ({ available: false, detail }) } : engine));

describe('startEngine', () => {
  test('auto without a plugin runs on wasm and says so in one line that names the remedy', async () => {
    const lines: string[] = [];
    const info = await startEngine('auto', without('xla', 'no plugin'), (line) => lines.push(line));
    expect([info.id, tf.getBackend()]).toEqual(['wasm', 'wasm']);
    expect(lines).toEqual([
      'basinlab: running on wasm, which is slow, because xla is not available (no plugin). For XLA: basinlab engine install cpu',
    ]);
  });

  test('an engine that is asked for and missing is an error, not a fallback', async () => {
    await expect(startEngine('xla', without('xla', 'no plugin: basinlab engine install cpu'), () => undefined)).rejects.toThrow(
      'xla: an engine that is installed, got no plugin: basinlab engine install cpu',
    );
  });

  test('an unknown id names the nearest', async () => {
    await expect(startEngine('wsam', engines, () => undefined)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('wasm'),
    });
  });

  test('a second start keeps the tensors of the first', async () => {
    await startEngine('cpu', engines, () => undefined);
    const kept = tf.tensor1d([1, 2]);
    await startEngine('cpu', engines, () => undefined);
    expect([...(await kept.data())]).toEqual([1, 2]);
    kept.dispose();
  });
});
