import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Size of the files below a folder, 0 where there is none; files that vanish meanwhile do not count. */
export function folderBytes(folder: string): number {
  let total = 0;
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      try {
        total += statSync(join(entry.parentPath, entry.name)).size;
      } catch {
        // Moved between the listing and the look.
      }
    }
  } catch {
    return total;
  }
  return total;
}
