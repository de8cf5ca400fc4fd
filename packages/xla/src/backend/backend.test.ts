import { availableParallelism } from 'node:os';
import { expect, test } from '@jest/globals';
import { compiled, jit } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { counts, describeOnXla, testLibrary, values } from '../testing.fixture.js';
import { engineInfo, registerXla, setPrecision, xlaRuntime } from '../register.js';

describeOnXla('the backend xla', () => {
  test('tells what a run records', () => {
    expect(tf.getBackend()).toBe('xla');
    expect(engineInfo()).toMatchObject({
      id: 'xla',
      backend: 'xla',
      platform: 'cpu',
      details: { devices: Math.min(availableParallelism(), Number(process.env['NPROC'])), precision: 'highest' },
    });
    expect(tf.backend().floatPrecision()).toBe(32);
    expect(tf.backend().epsilon()).toBe(1e-7);
  });

  test('keeps dtypes and values, written as any array and read either way', async () => {
    for (const [tensor, expected] of [
      [tf.tensor1d([1.5, NaN, -Infinity, -0]), [1.5, NaN, -Infinity, -0]],
      [
        tf.tensor2d(
          [
            [1, -2],
            [3, 2147483647],
          ],
          [2, 2],
          'int32',
        ),
        [1, -2, 3, 2147483647],
      ],
      [tf.tensor1d([true, false, true], 'bool'), [1, 0, 1]],
      [tf.tensor([], [0, 3]), []],
      [tf.scalar(7), [7]],
    ] as const) {
      const copy = tf.reverse(tf.reverse(tensor)); // through the device
      expect(copy.dtype).toBe(tensor.dtype);
      expect(values(copy)).toEqual([...expected]);
      expect(Array.from(await copy.data())).toEqual([...expected]);
      expect((await copy.data()).constructor).toBe(
        { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[tensor.dtype as 'float32'],
      );
    }
  });

  test('a read does not block the event loop', async () => {
    const x = tf.ones([400, 400]);
    let y = x;
    for (let i = 0; i < 20; i++) y = tf.mul(tf.matMul(y, x), 1 / 400);
    const order: string[] = [];
    const read = y.data().then((data) => {
      order.push('data');
      return data;
    });
    await Promise.resolve().then(() => order.push('other work'));
    expect((await read)[0]).toBeCloseTo(1, 4);
    expect(order).toEqual(['other work', 'data']);
  });

  test('a read under way survives the disposal of its tensor', async () => {
    const x = tf.fill([600, 600], 1 / 600);
    const y = tf.matMul(tf.matMul(x, x), x);
    const read = y.data();
    tf.dispose([x, y]);
    expect((await read)[0]).toBeCloseTo(1 / 600, 6);
  });

  test('reshapes and clones share the buffer, which lives as long as one of them', () => {
    const x = tf.exp(tf.zeros([2, 6]));
    const before = counts();
    const views = [tf.reshape(x, [3, 4]), tf.clone(x), tf.expandDims(x, 0), tf.cast(x, 'float32')];
    expect(counts().buffers).toBe(before.buffers);
    x.dispose();
    expect(values(tf.sum(views[0]!))).toEqual([12]);
    const kept = counts().buffers;
    tf.dispose(views);
    expect(counts().buffers).toBe(kept - 1);
  });

  test('disposes everything: a loop of kernels leaves no tensor and no buffer', () => {
    const x = tf.ones([10]);
    values(tf.tidy(() => tf.sum(tf.mul(x, 2))));
    const before = counts();
    for (let i = 0; i < 20; i++) tf.tidy(() => values(tf.sum(tf.mul(tf.add(x, i), 2))));
    expect(counts()).toEqual(before);
    expect(tf.memory()).toMatchObject({ unreliable: false, deviceBuffers: before.buffers });
    const bytes = () => (tf.memory() as unknown as { deviceBytes: number }).deviceBytes;
    const start = bytes();
    const y = tf.exp(tf.ones([1000]));
    expect(bytes() - start).toBe(4000 + 4000);
    y.dispose();
    expect(bytes() - start).toBe(4000);
  });

  test('one program per kernel, attributes, shapes and dtypes; numbers are inputs', () => {
    const x = tf.tensor1d([1, 2, 3, 4, 5]);
    tf.mul(x, 2);
    const before = xlaRuntime().client.liveExecutables;
    for (let i = 0; i < 5; i++) expect(values(tf.mul(x, i))[1]).toBe(2 * i);
    expect(xlaRuntime().client.liveExecutables).toBe(before);
    expect(values(tf.clipByValue(x, 2, Infinity))).toEqual([2, 2, 3, 4, 5]);
    expect(values(tf.clipByValue(x, -Infinity, 2))).toEqual([1, 2, 2, 2, 2]);
  });

  test('strings, complex numbers and results of a shape that depends on values are computed on the host', async () => {
    expect(await tf.tile(tf.tensor(['a', 'b']), [2]).data()).toEqual(['a', 'b', 'a', 'b']);
    expect(await tf.stack([tf.tensor(['a']), tf.tensor(['b'])]).data()).toEqual(['a', 'b']);
    const z = tf.complex(tf.exp(tf.zeros([2])), tf.tensor1d([2, -1]));
    const product = tf.mul(z, z);
    expect([product.dtype, values(tf.real(product)), values(tf.imag(product))]).toEqual(['complex64', [-3, 0], [4, -2]]);
    const { values: kinds, indices } = tf.unique(tf.tensor1d([3, 1, 3]));
    expect([values(kinds), values(indices)]).toEqual([[3, 1], [0, 1, 0]]); // prettier-ignore
    // Used on the device from there on.
    expect(values(tf.exp(tf.mul(kinds, 0)))).toEqual([1, 1]);
  });

  test('complex numbers stay on the device between transforms, also in a compiled function', async () => {
    const x = tf.tensor2d([[1, 2, 3, 4]]);
    const there = (y: tf.Tensor) => tf.spectral.fft(tf.complex(y, tf.zerosLike(y)));
    const z = jit(there)(x);
    expect(z.dtype).toBe('complex64');
    expect(Array.from(await z.data())).toEqual([10, 0, -2, 2, -2, 0, -2, -2]);
    expect(values(jit(tf.spectral.ifft)(z))).toEqual([1, 0, 2, 0, 3, 0, 4, 0]);
    expect(values(tf.real(tf.spectral.ifft(there(x))))).toEqual([1, 2, 3, 4]);
  });

  test('keeps no tensor of what it computes on the host', () => {
    const x = tf.tensor1d([1, 2, 3, 4]);
    const count = () => [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    const round = () => tf.tidy(() => void tf.spectral.rfft(x));
    round();
    const before = count();
    for (let i = 0; i < 3; i++) round();
    expect(count()).toEqual(before);
  });

  test('refuses in compiled functions what only the host computes, and disposed tensors, by name', () => {
    const crop = (x: tf.Tensor) => tf.image.cropAndResize(x as tf.Tensor4D, tf.tensor2d([[0, 0, 1, 1]]), tf.tensor1d([0], 'int32'), [2, 2]);
    expect(crop(tf.ones([1, 4, 4, 1])).shape).toEqual([1, 2, 2, 1]);
    expect(() => jit(crop)(tf.ones([1, 4, 4, 1]))).toThrow('xla: a kernel of its table (docs/kernels.md), got CropAndResize');
    const square = (y: tf.Tensor) => tf.real(tf.mul(tf.complex(y, y), tf.complex(y, y)));
    expect(() => jit(square)(tf.ones([2]))).toThrow('got Multiply (of strings or complex numbers)');
    const x = tf.ones([3]);
    x.dispose();
    expect(() => tf.exp(x)).toThrow('xla/Exp: a live tensor, got a disposed one');
  });

  test('takes tensors over from another backend', async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    const there = tf.add(tf.tensor1d([1, 2]), 1);
    await tf.setBackend('xla');
    expect(values(tf.mul(there, 2))).toEqual([4, 6]);
  });

  test('precision is part of what is compiled', () => {
    const x = tf.ones([3, 3]);
    tf.matMul(x, x);
    const before = xlaRuntime().client.liveExecutables;
    setPrecision('default');
    tf.matMul(x, x);
    expect(engineInfo().details.precision).toBe('default');
    expect(xlaRuntime().client.liveExecutables).toBe(before + 1);
    setPrecision('highest');
    tf.matMul(x, x);
    expect(xlaRuntime().client.liveExecutables).toBe(before + 1);
  });

  test('times what it is given', async () => {
    const { kernelMs } = await tf.time(() => {
      tf.matMul(tf.ones([200, 200]), tf.ones([200, 200]));
    });
    expect(kernelMs as number).toBeGreaterThan(0);
  });

  test('works again after the engine was reset, with tensors alive, without a leak', async () => {
    const { client } = xlaRuntime();
    tf.exp(tf.ones([30]));
    const lost = tf.add(tf.ones([30]), 1);
    for (let round = 0; round < 3; round++) {
      tf.engine().reset();
      await tf.setBackend('xla');
      expect(xlaRuntime().client).toBe(client);
      expect(client.liveBuffers).toBe(0);
      expect(values(tf.add(tf.ones([2]), round))).toEqual([1 + round, 1 + round]);
      expect(values(jit((x: tf.Tensor) => tf.mul(x, 2))(tf.ones([2])))).toEqual([2, 2]);
    }
    expect(() => tf.exp(lost)).toThrow('a live tensor');
  });

  test('compiles what a module keeps once, and again for an engine that is started anew', async () => {
    const thrice = (x: tf.Tensor) => tf.mul(x, 3);
    const programs = new Set<unknown>();
    const call = (): void => {
      const program = compiled(thrice, { name: 'thrice' });
      expect(values(program(tf.ones([2])))).toEqual([3, 3]);
      programs.add(program);
    };
    call();
    call();
    expect(programs.size).toBe(1);
    tf.engine().reset();
    await tf.setBackend('xla');
    call();
    await registerXla({ library: testLibrary! });
    call();
    expect(programs.size).toBe(3);
  });

  test('starts again after the engine was reset and the backend removed', async () => {
    const { client } = xlaRuntime();
    tf.engine().reset();
    tf.removeBackend('xla');
    await registerXla({ library: testLibrary! });
    expect(client.isDestroyed).toBe(true);
    expect(values(tf.add(tf.ones([2]), 1))).toEqual([2, 2]);
  });

  test('removing the backend releases the client; starting again replaces it', async () => {
    const { client } = xlaRuntime();
    tf.exp(tf.ones([3]));
    await registerXla({ library: testLibrary! });
    expect(client.isDestroyed).toBe(true);
    expect(values(tf.add(tf.ones([2]), 1))).toEqual([2, 2]);
    const second = xlaRuntime().client;
    tf.removeBackend('xla');
    expect(second.isDestroyed).toBe(true);
    expect(() => engineInfo()).toThrow('xla: an engine that was started');
    await registerXla({ library: testLibrary! });
  });
});
