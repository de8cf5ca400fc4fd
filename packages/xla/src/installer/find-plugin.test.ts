import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { doctor, findPlugin, findTensorflow, knownPlugin, listPlugins, openPlugin } from './index.js';
import type { Machine } from './index.js';
import { libraryDamage } from './library-check.js';
import { preloadLibraries } from './preload.js';
import { smallLibrary } from './wheel.fixture.js';

describe('finding plugins', () => {
  let folder: string;
  let machine: Machine;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'basinlab-find-'));
    const env = { BASINLAB_CACHE: join(folder, 'cache'), VIRTUAL_ENV: join(folder, 'venv'), PATH: '', HOME: folder };
    machine = { env, platform: process.platform, arch: process.arch };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const put = (path: string, content = smallLibrary()): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
    return join(folder, path);
  };
  const build = knownPlugin('cpu').builds[`${process.platform}-${process.arch}`]!;
  const inCache = `cache/plugins/cpu-${build.version}/${build.library}`;
  const sitePackages = 'venv/lib/python3.12/site-packages';

  test('null where there is none, and how to get one', async () => {
    expect(await findPlugin('cpu', machine)).toBeNull();
    await expect(openPlugin('cpu', machine)).rejects.toThrow(
      'engine: an installed PJRT plugin "cpu", got none. Run `npx basinlab engine install cpu`',
    );
    await expect(findPlugin('cud', machine)).rejects.toThrow('one of cpu, ');
    expect(findTensorflow(machine)).toBeNull();
  });

  test('a variable beats a path beats the cache beats Python', async () => {
    const python = put(join(sitePackages, build.library));
    expect(await findPlugin('cpu', machine)).toMatchObject({ source: 'python', path: python });
    const cached = put(inCache);
    expect(await findPlugin('cpu', machine)).toMatchObject({ id: 'cpu', source: 'cache', path: cached, problem: null });
    expect(await findPlugin(undefined, machine)).toMatchObject({ source: 'cache' });
    const file = put('mine.so');
    expect(await findPlugin(file, machine)).toMatchObject({ source: 'file', path: file });
    const env = { ...machine.env, PJRT_PLUGIN_LIBRARY_PATH: put('named.so') };
    expect(await findPlugin('cpu', { ...machine, env })).toMatchObject({ source: 'environment', path: env.PJRT_PLUGIN_LIBRARY_PATH });
  });

  test('another plugin serves where no preference is given and there is no cpu plugin', async () => {
    put(join(sitePackages, 'jax_plugins/xla_cuda13/xla_cuda_plugin.so'));
    expect(await findPlugin(undefined, machine)).toMatchObject({ id: 'cuda13' });
    expect(await findPlugin('cpu', machine)).toBeNull();
  });

  test('files that are no libraries of this machine are listed with the reason and not used', async () => {
    put(inCache, smallLibrary().subarray(0, 10_000));
    put(join(sitePackages, build.library), Buffer.from('text'));
    const [cpu] = await listPlugins(machine);
    expect(cpu!.found.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/^cut off: 10000 of \d+ bytes$/),
      'not a 64-bit ELF library',
    ]);
    expect(await findPlugin('cpu', machine)).toBeNull();
    const env = { ...machine.env, PJRT_PLUGIN_LIBRARY_PATH: join(folder, 'none.so') };
    await expect(findPlugin('cpu', { ...machine, env })).rejects.toThrow(
      /^PJRT_PLUGIN_LIBRARY_PATH: the path of a PJRT plugin for this machine, got .*ENOENT/,
    );
  });

  test('lists what is known, and what others installed', async () => {
    put(join(sitePackages, 'jax_plugins/xla_other/other_plugin.so'));
    const listing = await listPlugins(machine);
    expect(listing.map(({ id }) => id)).toEqual(['cpu', 'cuda13', 'cuda12', 'rocm', 'tpu', 'xla_other']);
    expect(listing[0]!.installable).toEqual({ version: build.version, bytes: build.bytes });
    expect(listing.at(-1)!.found[0]).toMatchObject({ source: 'python', problem: null });
  });

  test("NVIDIA's libraries are opened before the plugin, each after those it needs", () => {
    const plugin = put('site/jax_plugins/xla_cuda13/xla_cuda_plugin.so');
    const names = [
      'cu13/lib/libcublas.so.13',
      'cu13/lib/libcublasLt.so.13',
      'cudnn/lib/libcudnn.so.9',
      'cudnn/lib/libcudnn_graph.so.9',
      'cu13/lib/libcudart.so.13',
    ];
    for (const name of names) put(join('site/nvidia', name), Buffer.alloc(1));
    mkdirSync(join(folder, 'site/nvidia/empty'));
    const order = preloadLibraries(plugin).map((path) => basename(path));
    expect(order).toEqual(['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13', 'libcudnn.so.9']);
    expect(preloadLibraries(put('site/lammps_jax_pjrt_cpu/p.so'))).toEqual([]);
  });

  test('the doctor finds this machine well', async () => {
    const checks = await doctor('cpu');
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'system',
      'node',
      'cache',
      'memory',
      'disk',
      'pip',
      'koffi',
      'plugin',
      'api',
      'client',
      'program',
    ]);
    expect(checks.at(-1)!.detail).toBe('1 + 2 = 3');
  });

  test('the doctor names what is missing and the remedy', async () => {
    const missing = (await doctor('cpu', machine)).filter(({ ok }) => !ok);
    expect(missing.map(({ name }) => name)).toEqual(['pip', 'plugin']);
    expect(missing.at(-1)!.remedy).toBe('Run `npx basinlab engine install cpu`');
    put(inCache);
    const broken = (await doctor('cpu', machine)).at(-1)!;
    expect(broken).toMatchObject({ name: 'api', ok: false, detail: expect.stringContaining(`with SHA-256 ${build.librarySha256}`) });
    const foreign = (await doctor(put('mine.so'), machine)).at(-1)!;
    expect(foreign).toMatchObject({ name: 'api', ok: false, detail: expect.stringContaining('a library that exports GetPjrtApi') });
  });

  test('a library of the cache is loaded only where nobody else can change it, and only as it was published', async () => {
    const path = put(inCache);
    await expect(openPlugin('cpu', machine)).rejects.toThrow(
      /with SHA-256 \w{64}, got SHA-256 \w{64}\. The library is damaged: `npx basinlab engine install cpu`/,
    );
    for (const place of [path, dirname(path), join(folder, 'cache')]) {
      const { mode } = statSync(place);
      chmodSync(place, mode | 0o002);
      await expect(openPlugin('cpu', machine)).rejects.toThrow(`${place} can be written by others`);
      chmodSync(place, mode);
    }
    renameSync(path, `${path}.real`);
    symlinkSync(`${path}.real`, path);
    await expect(openPlugin('cpu', machine)).rejects.toThrow(`${path} is a link`);
  });

  test('a checksum is taken once, and again once the file is another', async () => {
    const path = put('library.so');
    const sha256 = createHash('sha256').update(smallLibrary()).digest('hex');
    expect(await libraryDamage(path, sha256)).toBeNull();
    const note = join(folder, '.checked.json');
    const { mtimeMs } = statSync(note);
    expect(await libraryDamage(path, sha256)).toBeNull();
    expect(statSync(note).mtimeMs).toBe(mtimeMs);
    const damaged = Buffer.from(smallLibrary());
    damaged[9000]! ^= 1;
    writeFileSync(path, damaged);
    expect(await libraryDamage(path, sha256)).toMatch(/^SHA-256 /);
    expect(await libraryDamage(path, 'a'.repeat(64), { again: true })).toMatch(/^SHA-256 /);
  });
});
