import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, Graph, programText } from '../hlo/index.js';
import type { Client } from '../pjrt/index.js';
import { describeWithPlugin, testClient } from '../testing.fixture.js';
import { ProgramStore } from './program-store.js';

describeWithPlugin('compiled programs on disk', () => {
  let client: Client;
  const folder = mkdtempSync(join(tmpdir(), 'basinlab-programs-'));
  beforeAll(() => {
    client = testClient();
  });
  afterAll(() => {
    client.destroy();
    rmSync(folder, { recursive: true });
  });

  const graph = new Graph();
  const b = new Builder(graph);
  graph.outputs = [b.add(b.multiply(graph.input({ shape: [2], dtype: 'float32' }), 3), 1)];
  const text = programText(graph, { name: 'triple', aliases: new Map([[0, 0]]) });

  const run = (store: ProgramStore, owner = client) => {
    const program = store.load(owner, text);
    const input = owner.bufferFromHost(Float32Array.of(1, 2), 'float32', [2]);
    const [output] = program.execute([input]);
    const result = Array.from(new Float32Array(output!.toHostSync().buffer));
    expect(input.isDeleted).toBe(true);
    for (const owned of [input, output!, program]) owned.destroy();
    return result;
  };
  const file = () => join(folder, readdirSync(folder)[0]!);

  test('are written once and read back, by another client too, donation included', () => {
    const store = new ProgramStore(folder);
    expect(run(store)).toEqual([4, 7]);
    const written = readFileSync(file());
    expect(run(store)).toEqual([4, 7]);
    const other = testClient();
    expect(run(new ProgramStore(folder), other)).toEqual([4, 7]);
    other.destroy();
    expect(readdirSync(folder)).toHaveLength(1);
    expect(readFileSync(file()).equals(written)).toBe(true);
  });

  test.each([
    ['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['bit-flipped', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === bytes.length - 9 ? byte ^ 1 : byte)))],
    ['empty', () => Buffer.alloc(0)],
  ])('that are %s are compiled again and replaced', (_, damage) => {
    const store = new ProgramStore(folder);
    run(store);
    const good = readFileSync(file());
    writeFileSync(file(), damage(good));
    expect(run(store)).toEqual([4, 7]);
    const mended = readFileSync(file());
    expect(createHash('sha256').update(mended.subarray(32)).digest().equals(mended.subarray(0, 32))).toBe(true);
  });

  test('another number of processors, another file', () => {
    const [before, more] = [readdirSync(folder).length, availableParallelism() + 1];
    run(new ProgramStore(folder, more));
    run(new ProgramStore(folder, more));
    expect(readdirSync(folder)).toHaveLength(before + 1);
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    run(new ProgramStore(folder));
  });

  test('are neither read from nor written to a folder that others can write, and a file that they can write is not read', () => {
    run(new ProgramStore(folder));
    const kept = readdirSync(folder);
    const path = file();
    const deserialized = jest.spyOn(client, 'deserialize');
    for (const [place, mode] of [
      [folder, 0o777],
      // Only the system's administrator can give a folder to any group.
      ...(process.getuid?.() === 0 ? ([[folder, 0o720]] as const) : []),
      [path, 0o666],
    ] as const) {
      const before = statSync(place).mode;
      // A group that is not the user's own.
      if (mode === 0o720) chownSync(place, process.getuid!(), 12345);
      chmodSync(place, mode);
      expect(run(new ProgramStore(folder))).toEqual([4, 7]);
      expect(deserialized).not.toHaveBeenCalled();
      expect(readdirSync(folder)).toEqual(kept);
      if (mode === 0o720) chownSync(place, process.getuid!(), process.getgid!());
      chmodSync(place, before);
    }
    run(new ProgramStore(folder));
    expect(deserialized).toHaveBeenCalledTimes(1);
    deserialized.mockRestore();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  test('temporary files that killed processes left are removed, those of living ones are not', () => {
    const [left, fresh] = ['a.pjrt.x.tmp', 'b.pjrt.y.tmp'].map((name) => join(folder, name));
    for (const path of [left!, fresh!]) writeFileSync(path, 'x');
    utimesSync(left!, 1, 1);
    for (const name of readdirSync(folder)) if (name.endsWith('.pjrt')) rmSync(join(folder, name));
    run(new ProgramStore(folder));
    expect([existsSync(left!), existsSync(fresh!)]).toEqual([false, true]);
    rmSync(fresh!);
  });

  test('other compile options, another file; a folder that cannot be written costs nothing', () => {
    const store = new ProgramStore(folder);
    store.load(client, text, { envOptionOverrides: { xla_cpu_enable_fast_math: false } }).destroy();
    expect(readdirSync(folder)).toHaveLength(2);
    expect(run(new ProgramStore('/dev/null/nowhere'))).toEqual([4, 7]);
  });
});
