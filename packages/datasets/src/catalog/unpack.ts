import { BasinlabError, demand } from '@basinlab/core';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { readTar } from '../files/read-tar.js';

/** Puts members of a tar archive, gzipped or not, into a folder; each appears in one step. */
export async function unpackTarMembers(id: string, archive: string, folder: string, members: readonly string[]): Promise<void> {
  const found = await readTar(await readFile(archive), members, id);
  for (const [name, bytes] of found) await inOneStep(join(folder, name), (path) => writeFile(path, bytes));
}

/** Puts members of a zip archive into a folder, each by the end of its path; each appears in one step. */
export async function unpackZipMembers(
  id: string,
  archive: string,
  folder: string,
  members: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const missing = new Set(members);
  try {
    const zip = await openPromise(archive);
    for await (const entry of zip.eachEntry()) {
      const member = members.find((name) => entry.fileName === name || entry.fileName.endsWith(`/${name}`));
      if (member === undefined || !missing.delete(member)) continue;
      const content = await zip.openReadStreamPromise(entry);
      await inOneStep(join(folder, member), (path) => pipeline(content, createWriteStream(path), { signal }));
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new BasinlabError(id, 'a whole zip archive', (cause as Error).message, { remedy: 'Fetch it again', cause });
  }
  demand(missing.size === 0, id, `an archive with ${members.join(', ')}`, `none of the name ${[...missing].join(', ')}`, 'Fetch it again');
}

async function inOneStep(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await write(`${path}.part`);
  await rename(`${path}.part`, path);
}
