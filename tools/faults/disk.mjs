// A disk that fails when it is told to: the functions of node:fs/promises, for paths below one folder, count what is asked of them, and at one of these
// operations the disk is full, read-only or broken, the process is killed, or the power goes.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';

const real = { ...fsp };
const words = {
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EIO: 'i/o error',
  EMFILE: 'too many open files',
  EFBIG: 'file too large',
};
const sizes = new Set(['ENOSPC', 'EFBIG']);

let root = null;
let plan = null;
/** What has been asked so far, and whether the fault has come. */
export let asked = 0;
export let fired = false;
let dead = false;
const handles = new Set();

/** What would be there after a loss of power: names and contents as they were last synchronised. */
let lasting = null;

/** Starts to count; `fault` comes at operation `at` of `kind` ('write' or 'read'). */
export function arm(folder, { fault = null, at = Infinity, kind = 'write', act = null } = {}) {
  [root, plan, asked, fired, dead] = [resolve(folder), { fault, at, kind, act }, 0, false, false];
  lasting = fault?.startsWith('power') ? { names: new Map(), files: new Map(), now: new Map() } : null;
  if (lasting !== null) remember(root);
}

/** What was there before is on the disk. */
function remember(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    named(path, entry.isDirectory() ? 'folder' : undefined);
    if (entry.isDirectory()) remember(path);
    else lasting.files.set(idOf(path), readFileSync(path));
  }
  lasting.names.set(folder, new Map(namesIn(folder)));
}

/** The disk is well again. Closes what a killed process would have closed; after a loss of power only what was synchronised is there. */
export async function mend() {
  for (const handle of handles) await handle.close().catch(() => undefined);
  handles.clear();
  if (lasting !== null && fired) restore();
  root = lasting = null;
}

const below = (path) => root !== null && typeof path === 'string' && `${resolve(path)}${sep}`.startsWith(`${root}${sep}`);

class Ended extends Error {}

/** Counts an operation; null where it goes well, else how it fails. */
function fate(kind) {
  if (dead) throw new Ended('the process was killed');
  if (kind === plan.kind && !fired && asked++ === plan.at) {
    fired = true;
    plan.act?.();
    if (plan.fault === 'kill' || plan.fault.startsWith('power')) {
      dead = true;
      return () => new Ended('the process was killed');
    }
    return plan.fault === 'none' ? null : failure;
  }
  // A disk stays full and a file system read-only; a process has too many open files for a moment.
  return fired && plan.kind === kind && !['none', 'EMFILE'].includes(plan.fault) ? failure : null;
}

const failure = (syscall, path) =>
  Object.assign(new Error(`${plan.fault}: ${words[plan.fault]}, ${syscall}`), { code: plan.fault, syscall, ...(path && { path }) });
/** What needs no room works on a full disk. */
const spared = (syscall) => sizes.has(plan.fault) && ['unlink', 'rm', 'rmdir', 'rename', 'fsync'].includes(syscall);

async function guarded(kind, syscall, path, act, partly) {
  const broken = fate(kind);
  if (broken === null || (broken === failure && spared(syscall))) return act();
  await partly?.();
  throw broken(syscall, path);
}

const writing = (flags = 'r') => flags !== 'r';

function wrap(handle, path, kind) {
  handles.add(handle);
  const half = (content) =>
    typeof content === 'string' ? content.slice(0, content.length >> 1) : content.subarray(0, content.length >> 1);
  const through = {
    appendFile: (content) =>
      guarded(
        'write',
        'write',
        undefined,
        () => handle.appendFile(content),
        () => handle.appendFile(half(content)),
      ),
    writeFile: (content) =>
      guarded(
        'write',
        'write',
        undefined,
        () => handle.writeFile(content),
        () => handle.writeFile(half(content)),
      ),
    truncate: (length) => guarded('write', 'ftruncate', undefined, () => handle.truncate(length)),
    sync: () =>
      guarded('write', 'fsync', undefined, async () => {
        await handle.sync().catch(() => undefined);
        if (lasting === null) return;
        if (kind === 'folder') lasting.names.set(resolve(path), new Map(lasting.now.get(resolve(path))));
        else lasting.files.set(idOf(path), readFileSync(path));
      }),
    close: async () => {
      handles.delete(handle);
      await handle.close();
    },
  };
  return new Proxy(handle, {
    get: (target, name) => through[name] ?? (typeof target[name] === 'function' ? target[name].bind(target) : target[name]),
  });
}

// Of each folder the names that are there now, each with the number of its file.
let files = 0;
const namesIn = (folder) => {
  if (!lasting.now.has(folder)) lasting.now.set(folder, new Map());
  return lasting.now.get(folder);
};
const idOf = (path) => namesIn(dirname(resolve(path))).get(resolve(path));
const named = (path, id = ++files) => {
  if (lasting !== null && idOf(path) === undefined) namesIn(dirname(resolve(path))).set(resolve(path), id);
};

function restore() {
  // 'power': no name that was not synchronised. 'power, names kept': a journal has written all names, but no content that was not synchronised.
  const names = plan.fault === 'power' ? lasting.names : lasting.now;
  const folders = plan.fault === 'power' ? [...lasting.names.values()] : [...lasting.now.values()];
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const reachable = (folder) =>
    folder === root || ([...folders].some((entries) => entries.get(folder) === 'folder') && reachable(dirname(folder)));
  for (const [folder, entries] of names) {
    if (!reachable(folder)) continue;
    mkdirSync(folder, { recursive: true });
    for (const [path, id] of entries) {
      if (id === 'folder') mkdirSync(path, { recursive: true });
      else writeFileSync(path, lasting.files.get(id) ?? '');
    }
  }
}

Object.assign(fsp, {
  open: async (path, flags, mode) => {
    if (!below(path)) return real.open(path, flags, mode);
    const isFolder = await real.stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    return guarded(writing(flags) ? 'write' : 'read', 'open', path, async () => {
      const handle = await real.open(path, flags, mode);
      if (writing(flags)) named(path);
      return wrap(handle, path, isFolder ? 'folder' : 'file');
    });
  },
  readFile: (path, options) =>
    below(path) ? guarded('read', 'read', undefined, () => real.readFile(path, options)) : real.readFile(path, options),
  readdir: (path, options) =>
    below(path) ? guarded('read', 'scandir', path, () => real.readdir(path, options)) : real.readdir(path, options),
  writeFile: (path, content, options) => {
    if (!below(path)) return real.writeFile(path, content, options);
    return guarded('write', 'open', path, async () => (await real.writeFile(path, content, options), named(path)));
  },
  mkdir: (path, options) =>
    below(path)
      ? guarded('write', 'mkdir', path, async () => {
          const made = await real.mkdir(path, options);
          named(path, 'folder');
          return made;
        })
      : real.mkdir(path, options),
  rename: (from, to) =>
    below(from)
      ? guarded('write', 'rename', from, async () => {
          await real.rename(from, to);
          if (lasting === null) return;
          namesIn(dirname(resolve(to))).set(resolve(to), idOf(from));
          namesIn(dirname(resolve(from))).delete(resolve(from));
        })
      : real.rename(from, to),
  link: (from, to) =>
    below(from)
      ? guarded('write', 'link', from, async () => {
          await real.link(from, to);
          if (lasting !== null) named(to, idOf(from));
        })
      : real.link(from, to),
  ...Object.fromEntries(
    ['unlink', 'rm', 'rmdir'].map((name) => [
      name,
      (path, options) =>
        below(path)
          ? guarded('write', name, path, async () => {
              await real[name](path, options);
              if (lasting !== null) namesIn(dirname(resolve(path))).delete(resolve(path));
            })
          : real[name](path, options),
    ]),
  ),
});
syncBuiltinESMExports();
