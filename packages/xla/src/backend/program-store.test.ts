import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

  test('other compile options, another file; a folder that cannot be written costs nothing', () => {
    const store = new ProgramStore(folder);
    store.load(client, text, { envOptionOverrides: { xla_cpu_enable_fast_math: false } }).destroy();
    expect(readdirSync(folder)).toHaveLength(2);
    expect(run(new ProgramStore('/dev/null/nowhere'))).toEqual([4, 7]);
  });
});
