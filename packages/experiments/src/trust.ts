import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { atomicWrite } from '@basinlab/core/store';

// Modules of plugins are code. One that a run names is run only if the user has named or confirmed it before, here or on this machine: their content is remembered by its hash.

/** Modules that the user has named in this process. */
const named = new Set<string>();

/** Where settings of the user are: `BASINLAB_CONFIG`, else the platform's folder for them. */
export function configFolder(): string {
  const own = process.env['BASINLAB_CONFIG'];
  if (own !== undefined && own !== '') return own;
  if (process.platform === 'win32') return join(process.env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'basinlab');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'basinlab');
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'basinlab');
}

/** The file that remembers what the user trusts. */
export const trustFile = (): string => join(configFolder(), 'trusted-plugins.json');

/** Hashes of modules that may run, with the names by which they were given. */
export async function trustedModules(): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(trustFile(), 'utf8').catch(() => '{}');
  try {
    const known = JSON.parse(text) as unknown;
    return typeof known === 'object' && known !== null ? (known as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** Lets a module run in this process, because the user has named it: an absolute path or a package. */
export const trustHere = (module: string): void => void named.add(module);

/** What {@link trustHere} was told. */
export const namedHere = (): readonly string[] => [...named];

/** Whether a module with this content may run: the user has named it now, or its content before. */
export const isTrusted = async (module: string, sha256: string): Promise<boolean> =>
  named.has(module) || Object.hasOwn(await trustedModules(), sha256);

/** Remembers the content of modules, by name -> hash, and where it was last. Returns the hashes that are new. Throws where the settings cannot be written. */
export async function rememberModules(hashes: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const known = await trustedModules();
  const all = { ...known, ...Object.fromEntries(Object.entries(hashes).map(([module, sha256]) => [sha256, module])) };
  if (Object.entries(all).some(([sha256, module]) => known[sha256] !== module)) await keep(all);
  return Object.keys(all).filter((sha256) => !Object.hasOwn(known, sha256));
}

/** Takes trust in contents back, by their hashes, and in the names that they had. */
export async function forgetModules(hashes: readonly string[]): Promise<void> {
  const known = Object.entries(await trustedModules());
  for (const [sha256, module] of known) if (hashes.includes(sha256)) named.delete(module);
  await keep(Object.fromEntries(known.filter(([sha256]) => !hashes.includes(sha256))));
}

/** Lets modules run from now on that a run names, by their content. Where the user's settings cannot be written they may do so in this process only. */
export async function trustModules(hashes: Readonly<Record<string, string>>): Promise<void> {
  Object.keys(hashes).forEach(trustHere);
  await rememberModules(hashes).catch(() => undefined);
}

async function keep(all: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(configFolder(), { recursive: true });
  await atomicWrite(trustFile(), `${JSON.stringify(all, null, 1)}\n`);
}
