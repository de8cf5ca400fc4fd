import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// A library that says when its destructors run: the static one that loading registers, and one that its first use does.
const source = `#include <unistd.h>
struct Loaded { ~Loaded() { write(1, "static destructor", 17); } } loaded;
struct Used { ~Used() { write(1, "late destructor", 15); } };
extern "C" void use() { static Used used; (void)&used; }
`;
const hasCompiler = process.platform === 'linux' && spawnSync('g++', ['--version']).status === 0;
if (!hasCompiler) process.stderr.write('destructors at exit: skipped, because this is not Linux with g++\n');

(hasCompiler ? describe : describe.skip)('a process that has opened a library leaves before its destructors', () => {
  let folder: string;
  beforeAll(async () => {
    // Inside the package, so that the child finds koffi.
    const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'destructors-'));
    writeFileSync(join(folder, 'library.cpp'), source);
    execFileSync('g++', ['-shared', '-fPIC', '-o', join(folder, 'library.so'), join(folder, 'library.cpp')], { stdio: 'ignore' });
    await build({
      entryPoints: [fileURLToPath(new URL('./library.ts', import.meta.url))],
      outfile: join(folder, 'open.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['basinlab-source'],
      external: ['koffi', '@tensorflow/*'],
    });
    const child = `import koffi from 'koffi';
import { openLibrary } from './open.mjs';
const [path, use, end] = process.argv.slice(2);
openLibrary(path);
if (use === 'used') koffi.load(path).func('use', 'void', [])();
if (end === 'exit') process.exit(3);
if (end === 'throw') throw new Error('thrown');
`;
    writeFileSync(join(folder, 'child.mjs'), child);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['unused', 'end', 0],
    ['unused', 'exit', 3],
    ['used', 'end', 0],
    ['used', 'exit', 3],
    ['used', 'throw', 1],
  ])('%s, %s: code %i', (use, end, code) => {
    const { status, stdout } = spawnSync(process.execPath, [join(folder, 'child.mjs'), join(folder, 'library.so'), use, end], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
  });
});
