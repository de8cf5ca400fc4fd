import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { othersCanChange } from '@basinlab/tensor/cache';
import { installPlugin } from './index.js';
import type { InstallOptions, InstallProgress, Machine } from './index.js';
import { demoTable, smallLibrary, writeWheel } from './wheel.fixture.js';

describe('installing a plugin', () => {
  let folder: string;
  let wheel: string;
  let options: InstallOptions & { machine: Machine };
  const library = 'demo_pjrt/plugin.so';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'basinlab-installer-'));
    wheel = writeWheel(join(folder, 'index'), { [library]: smallLibrary(), 'demo_pjrt/LICENSE': Buffer.from('MIT') });
    // The user's own pip, with its index set to a folder: what a mirror setting does, without a network.
    const env = { ...process.env, BASINLAB_CACHE: join(folder, 'cache'), PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(folder, 'index') };
    options = { machine: { env, platform: 'linux', arch: 'x64' }, known: demoTable(wheel, library) };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const cached = (): string[] => (existsSync(join(folder, 'cache', 'plugins')) ? readdirSync(join(folder, 'cache', 'plugins')) : []);

  test("fetches the wheel with the user's pip and its settings, once", async () => {
    const phases = new Set<InstallProgress['phase']>();
    const result = await installPlugin('demo', { ...options, onProgress: ({ phase }) => phases.add(phase) });
    expect(result).toEqual({ id: 'demo', version: '1.0', path: join(folder, 'cache', 'plugins', 'demo-1.0', library), installed: true });
    expect(readFileSync(result.path).equals(smallLibrary())).toBe(true);
    expect([...phases]).toEqual(expect.arrayContaining(['check', 'unpack']));
    expect(cached()).toEqual(['demo-1.0']);
    const { mtimeMs } = statSync(result.path);
    const machine = { ...options.machine, env: { ...options.machine.env, PATH: '' } }; // no pip: nothing is asked
    expect(await installPlugin('demo', { ...options, machine })).toEqual({ ...result, installed: false });
    expect(statSync(result.path).mtimeMs).toBe(mtimeMs);
  });

  test.each([
    ['flipped in one bit', (path: string) => writeFileSync(path, Buffer.from(readFileSync(path)).fill(7, 5000, 5001))],
    ['cut off', (path: string) => truncateSync(path, 10_000)],
    ['gone', (path: string) => rmSync(path)],
    [
      'a link',
      (path: string) => {
        renameSync(path, join(folder, 'elsewhere.so'));
        symlinkSync(join(folder, 'elsewhere.so'), path);
      },
    ],
  ])('puts back a library that is %s', async (_, damage) => {
    const { path } = await installPlugin('demo', { ...options, wheelPath: wheel });
    damage(path);
    expect(await installPlugin('demo', { ...options, wheelPath: wheel })).toMatchObject({ path, installed: true });
    expect(lstatSync(path).isSymbolicLink()).toBe(false);
    expect(readFileSync(path).equals(smallLibrary())).toBe(true);
    expect(cached()).toEqual(['demo-1.0']);
    expect((await installPlugin('demo', { ...options, wheelPath: wheel })).installed).toBe(false);
  });

  test('makes folders and files that others cannot write, whatever the mask', async () => {
    const mask = process.umask(0);
    try {
      const { path } = await installPlugin('demo', { ...options, wheelPath: wheel });
      expect(othersCanChange(path, join(folder, 'cache'))).toBeNull();
    } finally {
      process.umask(mask);
    }
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    [
      'flipped in one bit',
      (bytes: Buffer) => {
        bytes[1000]! ^= 4;
        return bytes;
      },
    ],
  ])('refuses a wheel that is %s, given or downloaded', async (_, damage) => {
    writeFileSync(wheel, damage(readFileSync(wheel)));
    const message =
      /^engine install demo: a file with SHA-256 \w{64}, got \w{64} for .*demo_pjrt.*\. The file is cut off, damaged or another build: /;
    await expect(installPlugin('demo', { ...options, wheelPath: wheel })).rejects.toThrow(message);
    await expect(installPlugin('demo', options)).rejects.toThrow(/^engine install demo: .*(SHA-256|to succeed)/);
    expect(cached()).toEqual([]);
  });

  test('refuses a wheel without the library', async () => {
    await expect(installPlugin('demo', { ...options, known: demoTable(wheel, 'other.so'), wheelPath: wheel })).rejects.toThrow(
      'a wheel that holds other.so',
    );
    expect(cached()).toEqual([]);
  });

  test('says what pip said where pip fails', async () => {
    rmSync(wheel);
    await expect(installPlugin('demo', options)).rejects.toThrow(/to succeed, got .*No matching distribution found for demo-pjrt==1.0/);
  });

  test('says how to go on where there is no pip', async () => {
    const machine = { ...options.machine, env: { ...options.machine.env, PATH: join(folder, 'empty') } };
    await expect(installPlugin('demo', { ...options, machine })).rejects.toThrow(
      /pip on the PATH, got none of pip, pip3, .*Install Python with pip, or download the wheel/,
    );
  });

  test('says how to go on where the cache cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const machine = { ...options.machine, env: { ...options.machine.env, BASINLAB_CACHE: join(folder, 'file', 'cache') } };
    await expect(installPlugin('demo', { ...options, machine, wheelPath: wheel })).rejects.toThrow(
      /a cache folder that can be written, got .*Set BASINLAB_CACHE/,
    );
  });

  test('lists the known ids for an unknown one, the platforms for another platform', async () => {
    await expect(installPlugin('cud')).rejects.toThrow('engine: one of cpu, cuda13, cuda12, rocm, tpu, got cud');
    const machine = { ...options.machine, platform: 'win32' as const };
    await expect(installPlugin('cpu', { machine })).rejects.toThrow(
      'engine install cpu: a platform among linux-x64, linux-arm64, got win32-x64',
    );
    await expect(installPlugin('tpu', options)).rejects.toThrow('engine: one of demo');
  });

  test('several at once end with one complete installation', async () => {
    const results = await Promise.all([1, 2, 3].map(() => installPlugin('demo', { ...options, wheelPath: wheel })));
    expect(new Set(results.map(({ path }) => path)).size).toBe(1);
    expect(results.some(({ installed }) => installed)).toBe(true);
    expect(readFileSync(results[0]!.path).equals(smallLibrary())).toBe(true);
    expect(cached()).toEqual(['demo-1.0']);
  });

  test('aborting stops a pip that hides behind a script', async () => {
    const script = '#!/bin/sh\nif [ "$1" = --version ]; then exit 0; fi\n/bin/sleep 60\n';
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin', 'pip'), script, { mode: 0o755 });
    const machine = { ...options.machine, env: { ...options.machine.env, PATH: join(folder, 'bin') } };
    const stop = new AbortController();
    const installing = installPlugin('demo', { ...options, machine, signal: stop.signal });
    setTimeout(() => stop.abort(), 500);
    const began = performance.now();
    await expect(installing).rejects.toThrow('aborted');
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(cached()).toEqual([]);
  });

  test('aborting stops pip and leaves nothing', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    await expect(installPlugin('demo', { ...options, signal: stop.signal })).rejects.toThrow('aborted');
    expect(cached()).toEqual([]);
    await expect(installPlugin('demo', { ...options, wheelPath: wheel, signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(cached()).toEqual([]);
  });

  test('removes what a killed installation left a day ago', async () => {
    const old = join(folder, 'cache', 'plugins', '.partial-old');
    mkdirSync(old, { recursive: true });
    mkdirSync(join(folder, 'cache', 'plugins', '.partial-new'));
    utimesSync(old, 0, 0);
    await installPlugin('demo', { ...options, wheelPath: wheel });
    expect(cached().sort()).toEqual(['.partial-new', 'demo-1.0']);
  });
});
