// Which packages are published, and what their package.json says.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
export const scope = '@basinlab/';

export const packageFolder = (name) => path.join(root, 'packages', name);

/** The package.json of `packages/NAME`. */
export const manifestOf = (name) => JSON.parse(fs.readFileSync(path.join(packageFolder(name), 'package.json'), 'utf8'));

/** Folders under packages/ whose package is published. */
export const publishedPackages = () => fs.readdirSync(path.join(root, 'packages')).filter((name) => manifestOf(name).private !== true);

/** What can be imported from a package, as keys of its `exports`: modules, no files. */
export const importsOf = (name) => Object.keys(manifestOf(name).exports).filter((entry) => !entry.includes('package.json'));

/** The package and every @basinlab package that it depends on, directly or not; with `peers` also those that it needs for some imports. */
export function closure(name, { peers = false } = {}, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const { dependencies, peerDependencies } = manifestOf(name);
  for (const dependency of Object.keys({ ...dependencies, ...(peers ? peerDependencies : {}) }))
    if (dependency.startsWith(scope)) closure(dependency.slice(scope.length), { peers }, seen);
  return seen;
}
