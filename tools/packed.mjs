// Packages of this workspace as they would be published: what the checks of tarballs have in common.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const scope = '@basinlab/';

/** Runs a command and returns what it says; throws where it fails, with `stdout` and `stderr`. */
export const run = (command, args, cwd, env = process.env) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });

/** The package.json of a package, by the name of its folder. */
export const manifest = (name) => JSON.parse(fs.readFileSync(path.join(root, 'packages', name, 'package.json'), 'utf8'));

/** The package and every @basinlab package it depends on, directly or not. */
export function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const dependency of Object.keys(manifest(name).dependencies ?? {}))
    if (dependency.startsWith(scope)) closure(dependency.slice(scope.length), seen);
  return seen;
}

/** What packs packages into a folder, each once: the path of a package's tarball. */
export function packer(work) {
  const tarballs = new Map();
  return (name) => {
    if (!tarballs.has(name)) {
      const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', work], path.join(root, 'packages', name)));
      tarballs.set(name, path.join(work, filename));
    }
    return tarballs.get(name);
  };
}

/** Installs in a folder, from what npm has at hand first. */
export const install = (folder, args = []) =>
  run('npm', ['install', '--silent', '--prefer-offline', '--ignore-scripts', '--no-fund', '--no-audit', ...args], folder);
