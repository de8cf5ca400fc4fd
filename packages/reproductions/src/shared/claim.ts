import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite } from '@basinlab/core/store';
import { usageError } from '@basinlab/experiments';

/** Notes in the folder what is being made there; refuses a folder that holds the beginnings of something else, before anything is touched. */
export async function claim(out: string, reproduction: string, config: unknown, fresh: boolean): Promise<void> {
  const path = join(out, 'config.json');
  const mine = `${JSON.stringify({ reproduction, config }, null, 2)}\n`;
  const there = await readFile(path, 'utf8').catch(() => null);
  if (there !== null && there !== mine && !fresh) {
    throw usageError(
      out,
      'a folder that is new, or of the same reproduction and config',
      'one of another config',
      'Choose another --out, or start over with --fresh',
    );
  }
  await atomicWrite(path, mine);
}
