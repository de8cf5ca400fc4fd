import { lstatSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';

/**
 * Why something else than this user (and the system's administrator) could change what lies at `path`, or null: code that is loaded from there would be
 * theirs. A group that is the user's alone, by the convention that both have one number, may write. Always null on Windows, which has no such modes.
 * @throws what the system says where there is nothing at `path`
 */
export function othersCanWrite(path: string): string | null {
  const user = process.getuid?.();
  if (user === undefined) return null;
  const { uid, gid, mode } = lstatSync(path);
  if (uid !== user && uid !== 0) return `${path} belongs to another user (${uid})`;
  const ownGroup = gid === user;
  if ((mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && !ownGroup))
    return `${path} can be written by others (mode ${(mode & 0o7777).toString(8)})`;
  return null;
}

/** The same of a file and of every folder from `root` down to it, and why it is no file of its own: a link leads elsewhere. */
export function othersCanChange(file: string, root: string): string | null {
  const steps = relative(resolve(root), dirname(resolve(file))).split(sep);
  const folders = steps.map((_, index) => resolve(root, ...steps.slice(0, index + 1)));
  for (const path of [resolve(file), ...folders]) if (lstatSync(path).isSymbolicLink()) return `${path} is a link`;
  for (const path of new Set([resolve(root), ...folders, resolve(file)])) {
    const reason = othersCanWrite(path);
    if (reason !== null) return reason;
  }
  return null;
}
