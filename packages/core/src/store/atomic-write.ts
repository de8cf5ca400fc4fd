import { open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from './file-error.js';

let counter = 0;

/** How a file is put in its place. */
export interface AtomicWriteOptions {
  /** Folder of the temporary file, on the same file system: that of a lease, without which nothing is published. Default: that of the file. */
  readonly staging?: string;
}

/**
 * Writes a file so that a reader, and a crash at any moment, sees either the old content or the new: a temporary file beside it,
 * fsync, rename, fsync of the folder. The folder must exist. Content in parts is written one after the other.
 * @throws BasinlabError that names the file and says what to do: a full disk, a limit, a folder that is gone
 */
export async function atomicWrite(
  path: string,
  content: Uint8Array | string | readonly Uint8Array[],
  { staging }: AtomicWriteOptions = {},
): Promise<void> {
  const temporary = join(staging ?? dirname(path), `.${basename(path)}.${process.pid}.${counter++}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      for (const part of [content].flat()) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw fileError(path, 'must be written', error);
  }
}

/** Removes what writes that were killed left in a folder. Only for a folder that no other process writes to. */
export async function removeTemporaries(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => /^\..*\.tmp$/.test(name));
  await Promise.all(left.map((name) => unlink(join(folder, name))));
}

/** Makes names that were added to or removed from a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there; NTFS journals names itself
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
