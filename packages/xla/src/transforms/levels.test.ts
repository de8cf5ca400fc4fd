import { dynamicSlice, fromLevels, jit, scan, vmap } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { expect, test } from '@jest/globals';
import { xlaRuntime } from '../register.js';
import { counts, describeOnXla, values } from '../testing.fixture.js';

/** Levels of images [6, 4, 5, channels], their table, and the floats that they stand for. */
function images(channels: number): { levels: Uint8Array; shape: number[]; table: Float32Array; floats: Float32Array } {
  const shape = [6, 4, 5, channels];
  const levels = Uint8Array.from({ length: 6 * 4 * 5 * channels }, (_, i) => (i * 37 + 11) % 256);
  const table = Float32Array.from({ length: 256 * channels }, (_, i) => ((i & 255) / 255 - 0.13 - (i >> 8)) / 0.31);
  return { levels, shape, table, floats: Float32Array.from(levels, (level, i) => table[256 * (i % channels) + level]!) };
}

const deviceBytes = (): number => (tf.memory() as unknown as { deviceBytes: number }).deviceBytes;

describeOnXla('tensors of levels', () => {
  test.each([1, 3])('are a quarter of the memory, and every bit of the floats (%i channels)', async (channels) => {
    const { levels, shape, table, floats } = images(channels);
    const before = deviceBytes();
    const x = fromLevels(levels, shape, table);
    expect([x.dtype, x.shape, deviceBytes() - before]).toEqual(['float32', shape, levels.length]);
    expect(await x.data()).toEqual(floats);
    expect(x.dataSync()).toEqual(floats);
    x.dispose();
  });

  test.each([1, 3])('give the same as floats whatever is done with them (%i channels)', (channels) => {
    const { levels, shape, table, floats } = images(channels);
    const [encoded, plain] = [fromLevels(levels, shape, table), tf.tensor(floats, shape)];
    const rows = tf.tensor1d([4, 0, 4, 5], 'int32');
    const functions: Record<string, (x: Tensor) => Tensor> = {
      add: (x) => tf.add(x, 1),
      rows: (x) => tf.gather(x, rows as Tensor1D),
      'other axis': (x) => tf.gather(x, tf.tensor1d([2, 1], 'int32'), 2),
      'last axis': (x) => tf.gather(x, tf.tensor1d([channels - 1, 0], 'int32'), 3),
      'rows after a reshape': (x) => tf.gather(tf.reshape(x, [6, -1]), rows as Tensor1D),
      'odd reshape': (x) => tf.slice(tf.reshape(x, [-1, 4]), [1, 1], [7, 2]),
      slice: (x) => tf.slice(x, [1, 0, 2], [3, 4, 2]),
      'slice of channels': (x) => tf.slice(x, [1, 0, 2, channels - 1], [3, 4, 2, 1]),
      'dynamic slice': (x) => dynamicSlice(x, [tf.scalar(2, 'int32'), 0, 0, 0], [2, 4, 5, channels]),
      transpose: (x) => tf.transpose(x, [3, 0, 1, 2]),
      concat: (x) => tf.concat([x, x], 0),
      clone: (x) => tf.clone(x),
      scan: (x) => scan((sum: Tensor, row: Tensor) => [tf.add(sum, row), sum], tf.zeros(shape.slice(1)), x)[0],
      vmap: (x) => vmap((at: Tensor) => tf.gather(x, at as Tensor1D))(tf.tensor2d([1, 2, 5, 0], [2, 2], 'int32')),
      'vmap over it': (x) => vmap((one: Tensor) => tf.sum(one, 0))(x),
      gradient: (x) => tf.grad((y: Tensor) => tf.sum(tf.square(tf.slice(y, [0, 1], [3, 2]))))(x),
    };
    for (const [name, f] of Object.entries(functions)) {
      const [captured, passed] = [jit(() => f(encoded)), jit(f)];
      const [expected, ...found] = tf.tidy(() => [f(plain), f(encoded), passed(encoded), captured()]);
      for (const each of found)
        expect({ name, shape: each.shape, values: values(each) }).toEqual({ name, shape: expected!.shape, values: values(expected!) });
      tf.dispose([expected!, ...found]);
      captured.dispose();
      passed.dispose();
    }
    tf.dispose([encoded, plain, rows]);
  });

  test('stay levels where they are only reshaped, and are let go with the last clone', () => {
    const before = { ...counts(), bytes: deviceBytes() };
    const { levels, shape, table } = images(1);
    const x = fromLevels(levels, shape, table);
    const [flat, again] = [tf.reshape(x, [6, 20]), tf.clone(x)];
    expect(deviceBytes() - before.bytes).toBe(levels.length);
    x.dispose();
    again.dispose();
    expect(values(flat).length).toBe(levels.length);
    flat.dispose();
    expect({ ...counts(), bytes: deviceBytes() }).toEqual(before);
  });

  test('a program that reads rows never has all of them as floats', () => {
    const n = 4000;
    const x = fromLevels(
      new Uint8Array(n * 784).fill(7),
      [n, 784],
      Float32Array.from({ length: 256 }, (_, i) => i),
    );
    const f = jit(
      (data: Tensor, rows: Tensor) =>
        scan((sum: Tensor, row: Tensor) => [tf.add(sum, tf.sum(tf.gather(data, row as Tensor1D))), row], tf.scalar(0), rows)[0],
    );
    const texts: string[] = [];
    const runtime = xlaRuntime();
    const execute = runtime.execute.bind(runtime);
    runtime.execute = (text, ...rest) => (texts.push(text), execute(text, ...rest));
    const rows = tf.zeros([3, 2], 'int32');
    const sum = f(x, rows);
    runtime.execute = execute;
    expect(values(sum)).toEqual([3 * 2 * 784 * 7]);
    expect(texts.at(-1)).toContain(`tensor<${n}x784xui8>`);
    expect(texts.at(-1)).not.toContain(`tensor<${n}x784xf32>`);
    tf.dispose([x, rows, sum]);
    f.dispose();
  });

  test('what does not fit is refused', () => {
    expect(() => fromLevels(new Uint8Array(5), [2, 3], new Float32Array(256))).toThrow('fromLevels: 6 levels for shape [2, 3], got 5');
    expect(() => fromLevels(new Uint8Array(8), [2, 4], new Float32Array(768))).toThrow('whole pixels along the last axis');
  });
});
