import { afterAll } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Makes folders with the given files (null: none of that name), which are removed after the tests of the file that calls this. */
export function temporaryFolders(): (content?: Readonly<Record<string, Uint8Array | string | null>>) => Promise<string> {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
  return async (content = {}) => {
    const folder = await mkdtemp(join(tmpdir(), 'basinlab-data-'));
    folders.push(folder);
    for (const [name, bytes] of Object.entries(content)) {
      if (bytes === null) continue;
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    return folder;
  };
}
