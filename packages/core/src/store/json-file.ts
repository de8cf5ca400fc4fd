import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BasinlabError, demand } from '@basinlab/tensor';
import { atomicWrite } from './atomic-write.js';
import { fileError } from './file-error.js';

/** Where a JSON file keeps the SHA-256 of its other entries; its last one. */
const digestKey = 'sha256';

type JsonObject = Readonly<Record<string, unknown>>;

/** Writes an object as JSON, atomically, with a checksum of its entries: for results that are read again. */
export async function writeJson(path: string, value: object): Promise<void> {
  await atomicWrite(path, `${JSON.stringify({ ...value, [digestKey]: digestOf(value as JsonObject) }, null, 2)}\n`);
}

const damaged = 'The file is damaged: put back a copy, or delete it and start the command that made it again';

/** Reads a JSON file. @throws BasinlabError that names the file where it is missing or no JSON */
export async function readAnyJson(path: string, remedy = damaged): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(path, 'must be a readable file of JSON', error);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BasinlabError(path, 'must be JSON', (cause as Error).message, { remedy, cause });
  }
}

/**
 * Reads a JSON file that holds an object; a checksum of `writeJson`, where it has one, is compared and left out.
 * @param remedy what to do where it is damaged
 * @throws BasinlabError that names the file where it is missing, no JSON, no object, or not what was written
 */
export async function readJson(path: string, remedy = damaged): Promise<JsonObject> {
  const value = await readAnyJson(path, remedy);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  demand(isObject, path, 'must be a JSON object', value, remedy);
  const { [digestKey]: digest, ...entries } = value as JsonObject;
  if (digest === undefined) return entries;
  const found = digestOf(entries);
  demand(found === digest, path, `entries must match their SHA-256 ${String(digest)}`, found, remedy);
  return entries;
}

/** Of the entries as JSON without spaces: numbers are written so that they read the same, and names keep their order. */
const digestOf = (entries: JsonObject): string => createHash('sha256').update(JSON.stringify(entries)).digest('hex');
