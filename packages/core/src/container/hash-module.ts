import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { hashFile } from '../store/hash-file.js';

/** Endings of files that may import others. */
const SCRIPTS = /\.[cm]?[jt]s$/;

/** The content of a module, as far as its hash covers it. */
export interface ModuleContent {
  readonly sha256: string;
  /** The module's file and those that it imports by relative paths, in the order of their names. */
  readonly files: readonly string[];
  /** `name@version integrity` of the installed package that it lies in; null for a file of the user's own. */
  readonly installed: string | null;
}

/** {@link readModule}, its hash alone. */
export const hashModule = async (path: string): Promise<string> => (await readModule(path)).sha256;

/**
 * A module's content and its SHA-256, of which nothing is run: its file and the files it imports by relative paths, all the way down; of an installed package also
 * its name, version and what the lock file says of its content. Other packages are not looked into, nor imports whose path is computed. Of a single file that
 * belongs to no package it is that file's SHA-256.
 * @param path of the module's file
 */
export async function readModule(path: string): Promise<ModuleContent> {
  const files = await localFiles(path);
  const installed = await installedAs(path);
  if (files.length === 1 && installed === null) return { sha256: await hashFile(path), files, installed };
  const hash = createHash('sha256');
  if (installed !== null) hash.update(`${installed}\n`);
  for (const file of files) hash.update(`${relative(dirname(path), file).split(sep).join('/')} ${await hashFile(file)}\n`);
  return { sha256: hash.digest('hex'), files, installed };
}

/** A file and what it imports by relative paths, each once, in the order of their names. */
async function localFiles(entry: string): Promise<string[]> {
  await init;
  const found = new Set([entry]);
  for (const file of found) {
    if (!SCRIPTS.test(file)) continue;
    const source = await readFile(file, 'utf8');
    for (const specifier of localImports(source)) {
      const path = resolveLocal(file, specifier);
      if (path !== null) found.add(path);
    }
  }
  return [...found].sort();
}

function localImports(source: string): string[] {
  const required = [...source.matchAll(/\brequire\(\s*(['"])([^'"\n]+)\1\s*\)/g)].map((match) => match[2]!);
  return [...importsOf(source), ...required].filter((specifier) => /^(\.\.?\/|#|file:)/.test(specifier));
}

function importsOf(source: string): string[] {
  try {
    return parse(source)[0].flatMap(({ n }) => (n === undefined ? [] : [n]));
  } catch {
    // Not JavaScript: importing it says so.
    return [];
  }
}

/** Where a relative import leads, or null where nothing is there: importing says so. */
function resolveLocal(from: string, specifier: string): string | null {
  try {
    return createRequire(from).resolve(specifier.startsWith('file:') ? new URL(specifier).pathname : specifier.replace(/[?].*$/, ''));
  } catch {
    return null;
  }
}

/** `name@version integrity` of the package that a file lies in, where it was installed; null for a file of the user's own. */
async function installedAs(path: string): Promise<string | null> {
  const parts = resolve(path).split(sep);
  const at = parts.lastIndexOf('node_modules');
  if (at < 0) return null;
  const name = parts[at + 1]!.startsWith('@') ? `${parts[at + 1]!}/${parts[at + 2]!}` : parts[at + 1]!;
  const modules = parts.slice(0, at + 1).join(sep);
  const { version } = await readRecord(join(modules, name, 'package.json'));
  // What npm installed, beside the packages; other package managers keep no such file.
  const { packages } = await readRecord(join(modules, '.package-lock.json'));
  const { integrity } = ((packages ?? {}) as Record<string, { integrity?: unknown } | undefined>)[`node_modules/${name}`] ?? {};
  return [`${name}@${String(version)}`, ...(typeof integrity === 'string' ? [integrity] : [])].join(' ');
}

async function readRecord(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return (JSON.parse(text) as Readonly<Record<string, unknown>> | null) ?? {};
  } catch {
    return {};
  }
}
