import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** The folder of an npm package, found without running its code; null where it is not installed. */
export function packagedFolder(name: string): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}
