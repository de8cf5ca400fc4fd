/**
 * Opening a plugin's shared library so that the process can always end.
 *
 * XLA's threads may still run when the process exits. Two things then crash it: unloading the library (so it is never unloaded), and its static
 * destructors running under those threads (so on glibc the process leaves through `_exit` as soon as Node itself is done, before any destructor).
 * What exits run, they run in reverse order: destructors that C++ registers while the library is loaded, and later, when it is used, come before whatever
 * was registered earlier.
 */
import { BasinlabError, demand } from '@basinlab/tensor';
import { keepFreedMemory } from './freed-memory.js';
import { libcFunction, libcSymbol, windowsFunction } from './memory.js';

const RTLD_NOW = 2;
const RTLD_NODELETE = process.platform === 'darwin' ? 0x80 : 0x1000;

/** An open library: looks up a symbol's address, 0 where it has none. */
export interface OpenLibrary {
  symbol(name: string): bigint;
}

/** Opens a shared library for the rest of the process's life. Libraries opened later find it by its bare name. */
export function openLibrary(path: string): OpenLibrary {
  quietLogs();
  keepFreedMemory();
  if (process.platform === 'win32') return openOnWindows(path);
  const dlopen = libcFunction('dlopen', 'void *', ['str', 'int']);
  const dlsym = libcFunction('dlsym', 'void *', ['void *', 'str']);
  const handle = dlopen(path, RTLD_NOW | RTLD_NODELETE);
  leaveBeforeDestructors();
  if (handle === null) {
    const reason = libcFunction('dlerror', 'str', [])();
    throw new BasinlabError('pjrt', 'a shared library that this machine can load', String(reason), {
      remedy: 'Run `basinlab engine doctor`, or install a plugin for this machine with `basinlab engine install`',
    });
  }
  return { symbol: (name) => toAddress(dlsym(handle, name)) };
}

/** XLA logs to stderr unless told otherwise before it is loaded; its errors reach the caller anyway. A level that the user has set is kept. */
function quietLogs(): void {
  const name = 'TF_CPP_MIN_LOG_LEVEL';
  process.env[name] ??= '3';
  // In a worker thread process.env is a copy that C does not see.
  if (process.platform !== 'win32') libcFunction('setenv', 'int', ['str', 'str', 'int'])(name, process.env[name], 0);
}

let listening = false;

/** Before the destructors known by now; and once Node ends, before all, where it gets to say so. */
function leaveBeforeDestructors(): void {
  const exit = libcSymbol('_exit');
  if (exit === null || libcSymbol('on_exit') === null) return;
  // on_exit (glibc) calls its function with the exit status first, which is all that _exit reads.
  const leaveFirst = (): void => void libcFunction('on_exit', 'int', ['void *', 'void *'])(exit, null);
  leaveFirst();
  if (listening) return;
  listening = true;
  process.on('exit', leaveFirst);
}

function openOnWindows(path: string): OpenLibrary {
  const load = windowsFunction('kernel32.dll', 'LoadLibraryW', 'void *', ['str16']);
  const find = windowsFunction('kernel32.dll', 'GetProcAddress', 'void *', ['void *', 'str']);
  const handle = load(path);
  demand(handle !== null, 'pjrt', 'a shared library that this machine can load', path);
  return { symbol: (name) => toAddress(find(handle, name)) };
}

const toAddress = (value: unknown): bigint => (value as bigint | null) ?? 0n;
