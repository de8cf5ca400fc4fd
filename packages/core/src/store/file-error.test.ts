import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { fileError, systemError } from './file-error.js';
import { makeFolder } from './make-folder.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basinlab-'));
});
afterAll(() => rm(folder, { recursive: true }));

const failure = (code: string, more: object = {}) => Object.assign(new Error(`${code}: words of the system, write`), { code, ...more });

describe('an error of the system', () => {
  test('names the file, what happened and what to do', () => {
    const error = fileError('runs/a/events.jsonl', 'must be written', failure('ENOSPC'));
    expect(error.message).toBe(
      'runs/a/events.jsonl: must be written, got a full disk (ENOSPC). Free some space and start the command again: what was finished is kept',
    );
    expect(fileError('a', 'must be written', failure('EODD')).message).toBe('a: must be written, got EODD: words of the system, write');
    expect(fileError('b', 'must be written', error)).toBe(error);
  });

  test('is put into words where nobody has done so', () => {
    expect(systemError(failure('EMFILE', { syscall: 'open', path: '/x' }))!.message).toBe(
      '/x: the system to let it open, got too many open files of this process (EMFILE). Raise the limit: ulimit -n 4096',
    );
    expect(systemError(failure('EMFILE'))).toBeNull();
    expect(systemError(new Error('mine'))).toBeNull();
    expect(systemError(undefined)).toBeNull();
  });
});

describe('making a folder', () => {
  test('makes those above it, and says which was the first', async () => {
    expect(await makeFolder(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'));
    expect(await makeFolder(join(folder, 'a', 'b', 'c'))).toBeUndefined();
    const made = await Promise.all([1, 2, 3].map(() => makeFolder(join(folder, 'd', 'e'))));
    expect(made).toContain(join(folder, 'd'));
  });

  test('returns from where none can be made, and names the place', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolder(join(folder, 'file', 'x'))).rejects.toThrow(
      `${join(folder, 'file', 'x')}: must be a folder, got a file in the place of a folder (ENOTDIR)`,
    );
    await expect(makeFolder(join(folder, 'x'.repeat(300)))).rejects.toThrow('a name that is too long (ENAMETOOLONG)');
    // Node's own goes round and round here.
    if (process.platform === 'linux')
      await expect(makeFolder('/proc/none/x/y')).rejects.toThrow(/^\/proc: must be a folder in which none can be made, got /);
  });
});

// The limit on the size of files stands for all writes that stop in the middle.
(process.platform === 'win32' ? test.skip : test)(
  'a write that stops in the middle names its file and leaves no part of it',
  async () => {
    const script = join(folder, 'writer.mjs');
    const entry = fileURLToPath(new URL('limited-writer.fixture.ts', import.meta.url));
    await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' });
    for (const kind of ['checkpoint', 'events', 'config', 'metrics']) {
      const directory = join(folder, kind);
      const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -f 8; exec "$0" "$@"', process.execPath, script, directory, kind]);
      const names = {
        checkpoint: 'checkpoints/epoch-000001.safetensors',
        events: 'events.jsonl',
        config: 'config.json',
        metrics: 'metrics.parquet',
      };
      expect({ kind, out: stdout.toString(), err: stderr.toString() }).toEqual({
        kind,
        out: `${join(directory, names[kind as keyof typeof names])}: must be written, got a limit on the size of files (EFBIG). Raise it (ulimit -f unlimited), or use another file system, and start the command again\n`,
        err: '',
      });
      expect((await readdir(directory, { recursive: true })).filter((name) => /tmp$|lock/.test(name))).toEqual([]);
    }
  },
  30_000,
);
