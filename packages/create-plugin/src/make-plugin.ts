import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Family } from './families.js';
import { manifestOf } from './manifest.js';
import { namesOf, type Names } from './names.js';
import type { Runner } from './runners.js';

/** What is made, and where. */
export interface PluginChoices {
  readonly family: Family;
  readonly runner: Runner;
  /** Of the package. */
  readonly name: string;
  /** Made where it is not there; must be empty. */
  readonly folder: string;
}

const templates = fileURLToPath(new URL('../templates', import.meta.url));

/** Names that a package cannot carry: npm leaves files of these names out of it, or reads them. */
const renamed: Readonly<Record<string, string>> = { gitignore: '.gitignore', github: '.github', changeset: '.changeset' };

/**
 * Writes a package with one working plugin of a family, its contract test, README, licence, workflow and changeset folder. Resolves with the paths of its
 * files from the folder.
 * @throws Error for a name that does not do, and for a folder with something in it
 */
export async function makePlugin({ family, runner, name, folder }: PluginChoices): Promise<readonly string[]> {
  const names = namesOf(name);
  await demandEmpty(folder);
  const places = ['common', `runners/${runner}`, `families/${family}`].map((place) => join(templates, place));
  const files = (await Promise.all(places.map(filesIn))).flat();
  const usage = await readFile(join(templates, 'families', family, 'usage.md'), 'utf8');
  const written = files
    .filter(({ path }) => path !== 'usage.md')
    .map(({ path, text }): readonly [string, string] => [
      named(path, names),
      named(text.replace('<!-- usage -->\n', usage).replace('@basinlab/core/testing/vitest', `@basinlab/core/testing/${runner}`), names),
    ]);
  const all = [...written, ['package.json', await manifestOf(names, family, runner)] as const];
  for (const [path, text] of all) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flag: 'wx' });
  }
  return all.map(([path]) => path).sort();
}

async function demandEmpty(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`${folder}: an empty folder, or a new one, got ${error.message}`);
  });
  if (there.length > 0) throw new Error(`${folder}: an empty folder, or a new one, got one with ${there.slice(0, 3).join(', ')}`);
}

/** Every file below a folder of templates, by its path in the package; none where there is no folder, as for a runner that is told nothing. */
async function filesIn(folder: string): Promise<{ readonly path: string; readonly text: string }[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => {
      const [first, ...rest] = file.slice(folder.length + 1).split(/[\\/]/);
      return { path: [renamed[first!] ?? first!, ...rest].join('/'), text: await readFile(file, 'utf8') };
    }),
  );
}

/** Puts names in the place of those that templates have: `my-plugin-package`, `my-plugin` and `myPlugin`. */
const named = (text: string, names: Names): string =>
  text.replaceAll('my-plugin-package', names.package).replaceAll('my-plugin', names.id).replaceAll('myPlugin', names.camel);
