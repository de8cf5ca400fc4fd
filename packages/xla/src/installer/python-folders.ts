import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { realpathSync } from 'node:fs';
import { runCommand } from './command.js';
import type { Machine } from './machine.js';

const script = 'import json, site, sys; print(json.dumps([*sys.path, site.getusersitepackages()]))';

/**
 * The user's `site-packages` folders: of the active environment, of the first Python on the PATH (by its place, and only where that does not tell,
 * as with version managers, by running it), and of the user.
 */
export async function pythonFolders(machine: Machine): Promise<string[]> {
  const { env, platform } = machine;
  const prefixes = [env.VIRTUAL_ENV, env.CONDA_PREFIX].filter((prefix) => prefix !== undefined);
  const folders = (env.PYTHONPATH ?? '').split(delimiter).filter(Boolean);
  for (const prefix of prefixes) folders.push(...sitePackages(prefix, platform));
  const python = (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, platform === 'win32' ? 'python.exe' : 'python3'))
    .find((path) => existsSync(path));
  if (python !== undefined) {
    const beside = sitePackages(dirname(dirname(realpathSync(python))), platform);
    folders.push(...(beside.length > 0 && !python.includes('shims') ? beside : await askPython(python, env)));
  }
  return [...new Set(folders)].filter((folder) => existsSync(folder));
}

function sitePackages(prefix: string, platform: NodeJS.Platform): string[] {
  if (platform === 'win32') return [join(prefix, 'Lib', 'site-packages')];
  const lib = join(prefix, 'lib');
  if (!existsSync(lib)) return [];
  const versions = readdirSync(lib).filter((name) => /^python3(\.\d+)?$/.test(name));
  return versions
    .flatMap((version) => [join(lib, version, 'site-packages'), join(lib, version, 'dist-packages')])
    .filter((folder) => existsSync(folder));
}

async function askPython(python: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { code, stdout } = await runCommand([python, '-c', script], { env, signal: AbortSignal.timeout(10_000) }).catch(() => ({
    code: 1,
    stdout: '',
  }));
  if (code !== 0) return [];
  const folders: unknown = JSON.parse(stdout);
  return Array.isArray(folders) ? folders.filter((folder): folder is string => typeof folder === 'string' && folder !== '') : [];
}
