/**
 * The only file that knows koffi: loads libraries, calls functions by address, and copies memory that C owns.
 *
 * koffi runs native code on stacks of its own, whose default (2 MiB, 128 KiB for asynchronous calls) is too small for a compiler; and it keeps one
 * table of named types per process, so that a second evaluation of a module (jest does it) must not name any: prototypes here are anonymous.
 */
import koffi from 'koffi';

const STACK = 16 * 1024 * 1024;
const POINTER = 'void *';

if (koffi.config().sync_stack_size !== STACK) koffi.config({ sync_stack_size: STACK, async_stack_size: STACK });

/** A native function `void *f(void *)`; returns an address, 0 for NULL. */
export interface NativeFunction {
  (argument: ArrayBufferView | bigint | null): bigint;
  /** Runs on a worker thread; the argument must stay referenced until the promise settles. */
  onWorker(argument: ArrayBufferView): Promise<bigint>;
}

type RawFunction = ((...values: unknown[]) => unknown) & { async: (...values: unknown[]) => void };

/** The address of memory that JavaScript owns; valid only while `memory` is referenced. */
export function addressOf(memory: ArrayBufferView): bigint {
  return memory.byteLength === 0 ? 0n : koffi.address(memory);
}

let unaryPrototype: ReturnType<typeof koffi.proto> | undefined;

/** The function at `address` as `void *f(void *)`. */
export function functionAt(address: bigint): NativeFunction {
  const raw = koffi.decode(address, (unaryPrototype ??= koffi.proto(POINTER, [POINTER]))) as RawFunction;
  const call = (argument: ArrayBufferView | bigint | null) => toAddress(raw(argument));
  const onWorker = (argument: ArrayBufferView) =>
    new Promise<bigint>((resolve, reject) => {
      raw.async(argument, (error: unknown, result: unknown) => {
        if (error) reject(error as Error);
        else resolve(toAddress(result));
      });
    });
  return Object.assign(call, { onWorker });
}

/** The function at `address` as `void *f(void)`. */
export function getterAt(address: bigint): () => bigint {
  const raw = koffi.decode(address, koffi.proto(POINTER, [])) as RawFunction;
  return () => toAddress(raw());
}

/** The function `name` of the C library, with anonymous argument types. */
export function libcFunction(name: string, result: string, types: string[]): (...values: unknown[]) => unknown {
  return libc().func(name, result, types) as RawFunction;
}

/** The address of the function `name` of the C library, or null where it has none. */
export function libcSymbol(name: string): bigint | null {
  try {
    return toAddress(libc().symbol(name));
  } catch {
    return null;
  }
}

/** A function of a Windows system library. */
export function windowsFunction(library: string, name: string, result: string, types: string[]): (...values: unknown[]) => unknown {
  return koffi.load(library).func(name, result, types) as RawFunction;
}

/** A copy of `length` bytes at `address`. */
export function readMemory(address: bigint, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(length));
  if (length > 0) (memcpy ??= libcFunction('memcpy', POINTER, [POINTER, POINTER, 'size_t']))(copy, address, length);
  return copy;
}

/** Memory of C that the collector does not own: native threads may write to it whatever becomes of JavaScript. Free it with `freeMemory`. */
export function allocateMemory(length: number): bigint {
  return toAddress((malloc ??= libcFunction('malloc', POINTER, ['size_t']))(Math.max(1, length)));
}

/** Frees what `allocateMemory` gave. */
export function freeMemory(address: bigint): void {
  (free ??= libcFunction('free', 'void', [POINTER]))(address);
}

/** `count` addresses from an array of pointers. */
export function readAddresses(address: bigint, count: number): bigint[] {
  return [...new BigUint64Array(readMemory(address, 8 * count).buffer)];
}

/** UTF-8 text of `length` bytes at `address`. */
export function readText(address: bigint, length: number): string {
  return new TextDecoder().decode(readMemory(address, length));
}

// koffi gives pointers as bigint and NULL as null.
const toAddress = (value: unknown): bigint => (value as bigint | null) ?? 0n;

const libcNames: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libc.so.6',
  darwin: '/usr/lib/libSystem.B.dylib',
  win32: 'ucrtbase.dll',
};

let loadedLibc: ReturnType<typeof koffi.load> | undefined;
function libc(): ReturnType<typeof koffi.load> {
  return (loadedLibc ??= koffi.load(libcNames[process.platform] ?? 'libc.so'));
}

type LibcFunction = ReturnType<typeof libcFunction>;
let memcpy: LibcFunction | undefined;
let malloc: LibcFunction | undefined;
let free: LibcFunction | undefined;
