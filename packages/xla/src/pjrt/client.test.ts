import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPlugin } from '../installer/index.js';
import type { Client, DeviceBuffer, ElementType } from './index.js';
import { PjrtError, loadPlugin } from './index.js';
import { addition, doubling, longLoop } from './programs.fixture.js';

const floats = (bytes: Uint8Array<ArrayBuffer>): number[] => [...new Float32Array(bytes.buffer)];

describe('PJRT client', () => {
  let client: Client;
  beforeAll(async () => {
    client = (await openPlugin('cpu')).createClient({ cpu_device_count: 2 });
  });
  afterAll(() => {
    expect([client.liveBuffers, client.liveExecutables, client.liveEvents]).toEqual([0, 0, 0]);
    client.destroy();
  });
  const vector = (...values: number[]): DeviceBuffer => client.bufferFromHost(Float32Array.from(values), 'float32', [values.length]);

  test('describes platform and devices', () => {
    expect(client.platform).toBe('cpu');
    expect(client.devices.map(({ id, kind }) => [id, kind])).toEqual([
      [0, 'cpu'],
      [1, 'cpu'],
    ]);
    expect(client.devices[0]!.memoryStats()).toBeNull(); // The processor plugin keeps none.
    expect(client.plugin.apiVersion.major).toBe(0);
    expect(client.fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(client.plugin.fingerprint).not.toBe(client.fingerprint);
  });

  test('is of one plugin per path', () => {
    expect(loadPlugin(client.plugin.path)).toBe(client.plugin);
  });

  test.each<[ElementType, ArrayBufferView]>([
    ['float32', Float32Array.of(1.5, -2, NaN, Infinity)],
    ['float64', Float64Array.of(1e300, -2, 3, 4)],
    ['int32', Int32Array.of(-1, 2, 3, 2 ** 31 - 1)],
    ['int64', BigInt64Array.of(-1n, 2n, 3n, 2n ** 62n)],
    ['uint8', Uint8Array.of(0, 1, 2, 255)],
    ['uint32', Uint32Array.of(0, 1, 2, 2 ** 32 - 1)],
    ['bool', Uint8Array.of(0, 1, 1, 0)],
    ['float16', Uint16Array.of(0x3c00, 0, 1, 2)],
    ['bfloat16', Uint16Array.of(0x3f80, 0, 1, 2)],
  ])('%s travels to the device and back unchanged', async (type, data) => {
    const buffer = client.bufferFromHost(data, type, [2, 2]);
    const bytes = new Uint8Array(data.buffer);
    expect(buffer.bytes).toBe(bytes.length);
    expect([...buffer.toHostSync()]).toEqual([...bytes]);
    expect([...(await buffer.toHost())]).toEqual([...bytes]);
    buffer.destroy();
  });

  test('takes a part of an array, and a copy: the host may overwrite it', () => {
    const host = Float32Array.of(0, 1, 2, 3);
    const buffer = client.bufferFromHost(host.subarray(1, 3), 'float32', [2]);
    host.fill(9);
    expect(floats(buffer.toHostSync())).toEqual([1, 2]);
    buffer.destroy();
  });

  test('keeps empty arrays and scalars', async () => {
    const empty = client.bufferFromHost(new Float32Array(0), 'float32', [0, 3]);
    expect((await empty.toHost()).length + empty.toHostSync().length).toBe(0);
    const scalar = client.bufferFromHost(Float32Array.of(7), 'float32', []);
    expect(floats(scalar.toHostSync())).toEqual([7]);
    for (const buffer of [empty, scalar]) buffer.destroy();
  });

  test('refuses data that does not fill the shape', () => {
    expect(() => client.bufferFromHost(new Float32Array(5), 'float32', [2, 3])).toThrow(
      'bufferFromHost: 24 bytes for float32[2, 3], got 20',
    );
  });

  test('runs a program, gives its outputs in row-major order', async () => {
    const program = client.compile(`func.func @main(%a: tensor<2x3xf32>) -> (tensor<3x2xf32>, tensor<i1>) {
      %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
      %1 = stablehlo.constant dense<true> : tensor<i1>
      return %0, %1 : tensor<3x2xf32>, tensor<i1>
    }`);
    expect(program.outputs).toEqual([
      { type: 'float32', dims: [3, 2] },
      { type: 'bool', dims: [] },
    ]);
    const input = client.bufferFromHost(Float32Array.of(1, 2, 3, 4, 5, 6), 'float32', [2, 3]);
    const [transposed, flag] = program.execute([input]);
    expect(floats(await transposed!.toHost())).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...flag!.toHostSync()]).toEqual([1]);
    for (const owned of [input, transposed!, flag!, program]) owned.destroy();
  });

  test('donated arguments are deleted and say so', () => {
    const program = client.compile(doubling(2));
    const input = vector(1, 2);
    const [output] = program.execute([input]);
    expect(floats(output!.toHostSync())).toEqual([2, 4]);
    expect(input.isDeleted).toBe(true);
    expect(() => input.toHostSync()).toThrow('pjrt: a live buffer, got one donated to a program');
    expect(() => program.execute([input])).toThrow('pjrt: a live buffer as argument 0, got one donated to a program');
    const [kept] = program.execute([output!], { nonDonatable: [0] });
    expect(floats(kept!.toHostSync())).toEqual([4, 8]);
    expect(floats(output!.toHostSync())).toEqual([2, 4]);
    for (const owned of [input, input, output!, kept!, program]) owned.destroy();
  });

  test('destroyed buffers and programs refuse to work', async () => {
    const program = client.compile(addition(1));
    const buffer = vector(1);
    buffer.destroy();
    expect(() => program.execute([buffer, buffer])).toThrow('a live buffer, got a destroyed one');
    await expect(buffer.toHost()).rejects.toThrow('a live buffer, got a destroyed one');
    program.destroy();
    expect(() => program.execute([])).toThrow('a program that is not destroyed');
  });

  test('a program survives serialization', () => {
    const program = client.compile(addition(2));
    const again = client.deserialize(program.serialize());
    program.destroy();
    const [a, b] = [vector(1, 2), vector(10, 20)];
    const [sum] = again.execute([a, b]);
    expect(floats(sum!.toHostSync())).toEqual([11, 22]);
    expect(() => client.deserialize(Uint8Array.of(1, 2, 3))).toThrow(PjrtError);
    for (const owned of [a, b, sum!, again]) owned.destroy();
  });

  test('runs on the device asked for', () => {
    const device = client.devices[1]!;
    const program = client.compile(addition(1), { devices: [device.id] });
    const x = client.bufferFromHost(Float32Array.of(3), 'float32', [1], device);
    const [sum] = program.execute([x, x]);
    expect(floats(sum!.toHostSync())).toEqual([6]);
    const elsewhere = vector(1);
    expect(() => program.execute([elsewhere, elsewhere])).toThrow(PjrtError);
    for (const owned of [x, sum!, elsewhere, program]) owned.destroy();
  });

  test('XLA flags reach the compiler, unknown ones are refused', () => {
    const program = client.compile(addition(1), {
      envOptionOverrides: { xla_cpu_enable_fast_math: true, xla_backend_optimization_level: 1 },
    });
    program.destroy();
    expect(() => client.compile(addition(1), { envOptionOverrides: { xla_no_such_flag: 1 } })).toThrow(/xla_no_such_flag/);
  });

  test("errors carry the function, the code and the plugin's words", async () => {
    const program = client.compile(addition(2));
    const [short, right] = [vector(1), vector(1, 2)];
    const failure = (run: () => unknown): PjrtError => {
      try {
        run();
      } catch (error) {
        if (error instanceof PjrtError) return error;
      }
      throw new Error('no PjrtError');
    };
    expect(failure(() => program.execute([short, right]))).toMatchObject({
      functionName: 'PJRT_LoadedExecutable_Execute',
      code: 'INVALID_ARGUMENT',
    });
    expect(failure(() => program.execute([right]))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(failure(() => client.compile('func.func @main( {')).message).toMatch(/^PJRT_Client_Compile: .*error: /s);
    await expect(client.compileAsync('nonsense')).rejects.toThrow(PjrtError);
    await expect(program.executeAsync([short, right])).rejects.toThrow(PjrtError);
    for (const owned of [short, right, program]) owned.destroy();
  });

  test('execute returns and the event loop turns while a long program runs', async () => {
    const program = await client.compileAsync(longLoop(2000));
    const input = client.bufferFromHost(new Float32Array(65536), 'float32', [256, 256]);
    const [output] = program.execute([input]);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const order: string[] = [];
    await Promise.all([
      output!.ready().then(() => order.push('ready')),
      output!.toHost().then((bytes) => order.push(`read ${bytes.length}`)),
    ]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
    expect(order).toContain('read 262144');
    const [again] = await program.executeAsync([input]);
    again!.readySync();
    for (const owned of [input, output!, again!, program]) owned.destroy();
  });

  test('2,000 runs and reads leave nothing behind', async () => {
    const program = client.compile(addition(65536));
    const host = new Float32Array(65536).fill(1);
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const x = client.bufferFromHost(host, 'float32', [65536]);
        const [sum] = program.execute([x, x]);
        const bytes = i % 2 === 0 ? sum!.toHostSync() : await sum!.toHost();
        if (bytes[3] !== 0x40) throw new Error('wrong sum');
        x.destroy();
        sum!.destroy();
      }
    };
    const counts = () => [client.liveBuffers, client.liveExecutables, client.liveEvents];
    await run(200);
    const [before, rss] = [counts(), process.memoryUsage.rss()];
    await run(2000);
    expect(counts()).toEqual(before);
    // What leaked would be 2000 x (256 KiB in, 256 KiB out); the rest is the heap's own breathing.
    expect(process.memoryUsage.rss() - rss).toBeLessThan(200e6);
    program.destroy();
  });

  test('destroying a client destroys what it made', () => {
    const other = client.plugin.createClient({ cpu_device_count: 1 });
    const program = other.compile(addition(1));
    const buffer = other.bufferFromHost(Float32Array.of(1), 'float32', [1]);
    other.destroy();
    other.destroy();
    expect([other.liveBuffers, other.liveExecutables]).toEqual([0, 0]);
    expect(buffer.isDeleted).toBe(true);
    expect(() => buffer.toHostSync()).toThrow('one of a destroyed client');
    buffer.destroy();
    program.destroy();
    expect(() => other.compile(addition(1))).toThrow('a client that is not destroyed');
  });

  test('refuses paths that are none', () => {
    expect(() => loadPlugin('/no/such/plugin.so')).toThrow('pjrt: the path of a PJRT plugin, got /no/such/plugin.so');
  });
});
