import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeSafetensors } from './safetensors/index.js';
import { readTensors, writeTensors } from './tensor-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basinlab-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('tensor files', () => {
  const tensors = { w: { dtype: 'F32', shape: [3], data: new Float32Array([1, 2, 3]) } } as const;

  test('keep tensors and metadata, and leave no temporary file', async () => {
    const path = join(folder, 'a.safetensors');
    await writeTensors(path, tensors, { epoch: '3' });
    expect(await readTensors(path, { digest: 'required' })).toEqual({ tensors, metadata: { epoch: '3' } });
    expect(await readdir(folder)).toEqual(['a.safetensors']);
  });

  test('any flipped bit and any cut is noticed', async () => {
    const path = join(folder, 'b.safetensors');
    await writeTensors(path, tensors, { epoch: '3' });
    const bytes = await readFile(path);
    const damaged = join(folder, 'damaged.safetensors');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), fc.boolean(), async (at, bit, cut) => {
        const copy = Buffer.from(bytes);
        copy[at]! ^= 1 << bit;
        await writeFile(damaged, cut ? bytes.subarray(0, at) : copy);
        await expect(readTensors(damaged, { digest: 'required' })).rejects.toMatchObject({
          name: 'BasinlabError',
          id: expect.stringContaining(damaged),
        });
      }),
    );
  });

  test('a file from elsewhere reads unless a digest is required; a missing file says so', async () => {
    const path = join(folder, 'foreign.safetensors');
    await writeFile(path, encodeSafetensors(tensors));
    expect((await readTensors(path)).tensors).toEqual(tensors);
    await expect(readTensors(path, { digest: 'required' })).rejects.toThrow('must hold the digest of its content');
    await expect(readTensors(join(folder, 'none'))).rejects.toThrow('must be a readable safetensors file, got nothing there (ENOENT)');
  });
});
