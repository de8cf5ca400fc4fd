import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';
import { tunablesWith } from './pjrt/malloc-settings.js';
import { libcFunction, libcSymbol } from './pjrt/memory.js';

/** `no` where the user wants none; else the id of the process that was started again, whose children inherit it. */
const MARK = 'BASINLAB_RESTART';
/** Where the kernel says whether programs may ask for huge pages. */
const HUGE_PAGES = '/sys/kernel/mm/transparent_hugepage/enabled';
/** The engine may ask for a collection, and each of V8's spaces for new objects is 2 MB. */
const NODE_FLAGS = [
  { prefix: '--expose-gc', value: '' },
  { prefix: '--max-semi-space-size', value: '=2' },
];
/** Of `fcntl`: sets the flags of a stream, of which the only one is to be closed at `execve`. */
const F_SETFD = 2;
/** Two pools cost a step of GPT-2 nothing, one costs it 8%. More processors than this get glibc's default of eight for each. */
const ARENAS = { number: 2, processors: 8 };

/**
 * Starts this process again, in its place, with its memory tuned for the engine: same process id, arguments, standard streams and working folder. Does nothing
 * where that has happened already, and where it cannot: outside of Linux with glibc, outside of Node, on a worker thread, under a parent that sends messages.
 * Call it before anything else is done. `BASINLAB_RESTART=no` in the environment prevents it.
 *
 * glibc reads its settings only when a process starts. Arrays in huge pages cost fewer page faults; with two pools of memory for all threads,
 * and large arrays outside of them, what is freed goes back to the kernel; and V8 keeps less for new objects and lets the engine ask for a collection after large
 * transfers. What it brings is in docs/decisions.md. A setting that GLIBC_TUNABLES or its older variable names already is left.
 */
export function restartWithTunedMemory(): void {
  if (!canRestart()) return;
  const tunables = tunablesWith(process.env, wantedSettings());
  const flags = NODE_FLAGS.filter(({ prefix }) => !process.execArgv.some((flag) => flag.replaceAll('_', '-').startsWith(prefix)));
  const node = [...flags.map(({ prefix, value }) => prefix + value), ...process.execArgv];
  const environment = { ...process.env, GLIBC_TUNABLES: tunables, [MARK]: String(process.pid) };
  const execve = libcFunction('execve', 'int', ['str', 'const char **', 'const char **']);
  const entries = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  // Node marks its standard streams as closed for whoever comes after.
  const fcntl = libcFunction('fcntl', 'int', ['int', 'int', 'int']);
  for (const stream of [0, 1, 2]) fcntl(stream, F_SETFD, 0);
  // Returns only where it failed: then all goes on as it was.
  execve(process.execPath, [process.argv0, ...node, ...process.argv.slice(1), null], [...entries, null]);
}

function canRestart(): boolean {
  const { platform, env, versions, pid, send } = process;
  if (platform !== 'linux' || !isMainThread || send !== undefined || 'deno' in versions || 'bun' in versions) return false;
  return ![String(pid), 'no'].includes(env[MARK] ?? '') && libcSymbol('gnu_get_libc_version') !== null;
}

const wantedSettings = () => [
  ...(asksForHugePages() ? [{ name: 'hugetlb', value: 1 }] : []),
  ...(availableParallelism() > ARENAS.processors ? [] : [{ name: 'arena_max', value: ARENAS.number, variable: 'MALLOC_ARENA_MAX' }]),
  // Above arrays of four megabytes, which eager calls make and drop by the thousand.
  { name: 'mmap_threshold', value: 5 * 2 ** 20, variable: 'MALLOC_MMAP_THRESHOLD_' },
];

/** Whether pages are huge where a program asks, and only there. */
function asksForHugePages(): boolean {
  try {
    return readFileSync(HUGE_PAGES, 'utf8').includes('[madvise]');
  } catch {
    return false;
  }
}
