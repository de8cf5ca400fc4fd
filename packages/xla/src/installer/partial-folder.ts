import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

const prefix = '.partial-';
const abandonedAfterMs = 24 * 3600 * 1000;

/**
 * Fills a new folder and moves it to `target` in one step, so that `target` is never half made. Of several that fill the same target at once, the
 * first wins and the others' work is thrown away, unless a target that is there is to be replaced. Whatever happens, the temporary folder is removed; one that a killed process left is removed by
 * a later call.
 * @param parent where the temporary folder is made; on the same disk as `target`
 * @returns whether this call made `target`
 */
export async function fillFolder(
  parent: string,
  target: string,
  fill: (folder: string, scratch: string) => Promise<void>,
  { replace = false } = {},
): Promise<boolean> {
  removeAbandoned(parent);
  const partial = mkdtempSync(join(parent, prefix));
  const folder = join(partial, 'content');
  try {
    await fill(folder, partial);
    // Who has the old one open keeps it.
    if (replace && existsSync(target)) await rename(target, join(partial, 'before'));
    await rename(folder, target);
    return true;
  } catch (error) {
    if (existsSync(target)) return false;
    throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true, maxRetries: 3 });
  }
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(parent, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > abandonedAfterMs) rmSync(path, { recursive: true, force: true });
  }
}
