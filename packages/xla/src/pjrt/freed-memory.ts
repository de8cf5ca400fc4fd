/** What glibc does with memory that the plugin frees: enough is kept for the next arrays, and what a compiler leaves goes back to the kernel. */
import { isSetIn } from './malloc-settings.js';
import { libcFunction, libcSymbol } from './memory.js';

/** Bytes, and the numbers by which `mallopt` knows the settings. */
const MALLOC_SETTINGS = [
  { number: -3, name: 'mmap_threshold', variable: 'MALLOC_MMAP_THRESHOLD_', bytes: 32 * 2 ** 20 },
  { number: -1, name: 'trim_threshold', variable: 'MALLOC_TRIM_THRESHOLD_', bytes: 256 * 2 ** 20 },
];

let isGlibc: boolean | undefined;
const onGlibc = (): boolean => (isGlibc ??= libcSymbol('gnu_get_libc_version') !== null);

/**
 * glibc hands every array over 128 KiB back to the kernel when it is freed, and the kernel zeroes its pages anew for the next one: that was over half the
 * time of eager calls on arrays of 4 MB. It now keeps up to 256 MiB of freed memory. What the user has set in the environment is left.
 */
export function keepFreedMemory(): void {
  if (!onGlibc()) return;
  const mallopt = libcFunction('mallopt', 'int', ['int', 'int']);
  for (const setting of MALLOC_SETTINGS) if (!isSetIn(process.env, setting)) mallopt(setting.number, setting.bytes);
}

/** Milliseconds between two times that memory is given back: programs of single ops are compiled by the hundred. */
const LEAST_PAUSE = 1000;
let lastGiven = -Infinity;
let trim: ((...values: unknown[]) => unknown) | undefined;

/**
 * Gives freed memory back to the kernel, at most once a second: after a compilation and where a program is no longer needed, both of which leave tens of
 * megabytes that nothing asks for again. Up to 54 ms were seen in a process of half a gigabyte.
 */
export function giveFreedMemoryBack(): void {
  const now = performance.now();
  if (now - lastGiven < LEAST_PAUSE || !onGlibc()) return;
  lastGiven = now;
  (trim ??= libcFunction('malloc_trim', 'int', ['size_t']))(0);
}

/** Bytes that travel between host and devices before the collector is asked to look at what nobody holds any more, and how long it is left alone then. */
const COLLECT_AFTER = { bytes: 16 * 2 ** 20, milliseconds: 250 };
let travelled = 0;
let isCollecting = false;

/**
 * Tells of an array of the host that went to a device or came from one, in bytes. V8 was seen to leave 55 to 70 MB of such arrays that nobody held; in a process
 * that was started with `--expose-gc` they are collected soon after 16 MB have travelled.
 */
export function countHostBytes(bytes: number): void {
  const { gc } = globalThis;
  travelled += bytes;
  if (gc === undefined || travelled < COLLECT_AFTER.bytes || isCollecting) return;
  isCollecting = true;
  setTimeout(() => {
    [travelled, isCollecting] = [0, false];
    gc();
  }, COLLECT_AFTER.milliseconds).unref();
}
