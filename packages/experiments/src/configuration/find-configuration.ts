import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { usageError } from '../errors/usage-error.js';
import { parseConfig } from '../experiment/parse.js';

const text = z.string().min(1);

const schema = z.strictObject({
  /** Modules with plugins: paths from the folder of the file, or installed packages. */
  plugins: z.array(text).default([]),
  /** In place of `--engine auto`. */
  engine: text.optional(),
  /** Folder of data sets, each in a folder of its own below it. */
  data: text.optional(),
  /** Folder of downloads: engines, compiled programs, and data sets where `data` is not given. */
  cache: text.optional(),
});

/** What a project lets commands take for granted: paths are absolute. */
export interface Configuration extends z.output<typeof schema> {
  /** Where it was found. */
  readonly file: string;
}

/** Names of the file that is looked up. */
const own = 'basinlab.config.json';
const shared = 'package.json';

/**
 * The nearest configuration from a folder upwards: `basinlab.config.json`, or the key `basinlab` of `package.json`. Null where there is none. Throws a
 * usage error that names the file for one that is no JSON, has an unknown key or a wrong value.
 */
export async function findConfiguration(folder: string): Promise<Configuration | null> {
  const [ownFile, sharedFile] = [join(folder, own), join(folder, shared)];
  const [configuration, manifest] = [await readJson(ownFile, true), await readJson(sharedFile, false)];
  const inManifest = (manifest as { basinlab?: unknown } | null | undefined)?.basinlab;
  if (configuration !== undefined && inManifest !== undefined)
    throw usageError(ownFile, 'one configuration of the folder', `another in ${sharedFile}`, 'Keep one of them');
  if (configuration !== undefined) return resolved(ownFile, configuration, []);
  if (inManifest !== undefined) return resolved(sharedFile, inManifest, ['basinlab']);
  const parent = dirname(folder);
  return parent === folder ? null : findConfiguration(parent);
}

function resolved(file: string, value: unknown, at: readonly string[]): Configuration {
  const { plugins, engine, data, cache } = parseConfig(file, schema, value, { at });
  const path = (name: string): string => resolve(dirname(file), name);
  return {
    file,
    plugins: plugins.map((module) => (module.startsWith('.') || isAbsolute(module) ? path(module) : module)),
    engine,
    data: data === undefined ? undefined : path(data),
    cache: cache === undefined ? undefined : path(cache),
  };
}

/** What a file holds; undefined where there is none. `strict`: one that is no JSON is an error, and not somebody else's. */
async function readJson(file: string, strict: boolean): Promise<unknown> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || !strict) return undefined;
    throw usageError(file, 'a readable file', error.message);
  });
  if (content === undefined) return undefined;
  try {
    return JSON.parse(content);
  } catch (error) {
    if (!strict) return undefined;
    throw usageError(file, 'JSON', (error as Error).message);
  }
}
