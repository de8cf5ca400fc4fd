import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { BasinlabError, demand } from '@basinlab/tensor';
import { functionIndex, requireVersion, tableStart } from './api-table.js';
import type { FunctionName } from './api-table.js';
import { Client } from './client.js';
import { openLibrary } from './library.js';
import { functionAt, getterAt, readAddresses, readMemory, readText } from './memory.js';
import type { NativeFunction } from './memory.js';
import { decodeNamedValues, encodeNamedValues } from './named-values.js';
import type { NamedValue } from './named-values.js';
import { PjrtError, errorCodeName } from './pjrt-error.js';
import { Block } from './struct.js';
import type { Struct } from './struct.js';
import { attributesArgs, clientCreateArgs, emptyArgs, errorArgs, errorCodeArgs, errorDestroyArgs } from './structs.js';
import { onWorkerThread } from './worker-calls.js';

/** A loaded PJRT plugin: its version, its description of itself, and calls into it. */
export class Plugin {
  /** Version of the C API that the plugin was built with. */
  readonly apiVersion: { readonly major: number; readonly minor: number };
  /** What the plugin says of itself (such as `stablehlo_current_version`), empty where it says nothing. */
  readonly attributes: Readonly<Record<string, NamedValue>>;
  /** Changes when the library file or its API version does. */
  readonly fingerprint: string;
  private readonly functions = new Map<FunctionName, NativeFunction>();
  private readonly table: readonly bigint[];
  private readonly inFlight = new Set<unknown>();

  /** @param path the real path of the library; use `loadPlugin` */
  constructor(
    readonly path: string,
    preload: readonly string[],
  ) {
    for (const library of preload) openLibrary(library);
    const address = openLibrary(path).symbol('GetPjrtApi');
    demand(address !== 0n, 'pjrt', 'a library that exports GetPjrtApi', path, 'Is this a PJRT plugin?');
    const api = getterAt(address)();
    demand(api !== 0n, 'pjrt', 'a plugin whose GetPjrtApi returns a table', path);
    const header = new DataView(readMemory(api, tableStart).buffer);
    this.apiVersion = { major: header.getInt32(32, true), minor: header.getInt32(36, true) };
    requireVersion(this.apiVersion, path);
    const functions = Math.floor((Number(header.getBigUint64(0, true)) - tableStart) / 8);
    this.table = readAddresses(api + BigInt(tableStart), functions);
    this.call('PJRT_Plugin_Initialize', new Block(emptyArgs));
    this.attributes = this.readAttributes();
    const { size, mtimeMs } = statSync(path);
    const { major, minor } = this.apiVersion;
    this.fingerprint = createHash('sha256')
      .update(JSON.stringify([basename(path), size, mtimeMs, major, minor]))
      .digest('hex')
      .slice(0, 32);
  }

  /**
   * Starts a client. Options depend on the plugin: `cpu_device_count` (CPU); `allocator`, `memory_fraction`, `preallocate`, `visible_devices` (GPU).
   * @throws PjrtError where the plugin refuses, for example because there is no such device
   */
  createClient(options: Readonly<Record<string, NamedValue>> = {}): Client {
    const { bytes, count, references } = encodeNamedValues(options);
    const block = new Block(clientCreateArgs).set({ options: bytes, optionCount: count });
    this.call('PJRT_Client_Create', block, references);
    return new Client(this, block.address('client'), options);
  }

  /** Calls a function of the plugin and waits for it; what `block` and `references` hold stays alive meanwhile. */
  call(name: FunctionName, block: Struct, references?: unknown): void {
    roots.block = block;
    roots.references = references;
    const error = this.function(name)(block.bytes);
    roots.block = roots.references = undefined;
    if (error !== 0n) throw this.takeError(name, error);
  }

  /** Like `call`, but waits on a worker thread. */
  async callOnWorker(name: FunctionName, block: Struct, references?: unknown): Promise<void> {
    const held = { block, references };
    this.inFlight.add(held);
    try {
      const error = await onWorkerThread(() => this.function(name).onWorker(block.bytes));
      if (error !== 0n) throw this.takeError(name, error);
    } finally {
      this.inFlight.delete(held);
    }
  }

  /** Turns a `PJRT_Error` into a JavaScript one and destroys it. */
  private takeError(name: FunctionName, error: bigint): PjrtError {
    const text = new Block(errorArgs).set({ error });
    this.function('PJRT_Error_Message')(text.bytes);
    const message = readText(text.address('message'), text.number('messageSize'));
    const code = new Block(errorCodeArgs).set({ error });
    this.function('PJRT_Error_GetCode')(code.bytes);
    this.function('PJRT_Error_Destroy')(new Block(errorDestroyArgs).set({ error }).bytes);
    return new PjrtError(name, errorCodeName(code.number('code')), message);
  }

  private function(name: FunctionName): NativeFunction {
    let found = this.functions.get(name);
    if (found === undefined) {
      const address = this.table[functionIndex[name]] ?? 0n;
      demand(address !== 0n, 'pjrt', `a plugin that implements ${name}`, this.path);
      found = functionAt(address);
      this.functions.set(name, found);
    }
    return found;
  }

  private readAttributes(): Record<string, NamedValue> {
    const block = new Block(attributesArgs);
    try {
      this.call('PJRT_Plugin_Attributes', block);
    } catch {
      return {}; // Optional: older plugins have none.
    }
    return decodeNamedValues(block.address('attributes'), block.number('count'));
  }
}

// What the garbage collector must see for the length of a call: the optimiser may drop a local variable as soon as its address is taken.
const roots: { block: unknown; references: unknown } = { block: undefined, references: undefined };

const loaded = new Map<string, Plugin>();

/**
 * Loads a PJRT plugin, once per process and path: a plugin is never unloaded.
 * @param options `preload`: libraries to open before it, in order, so that it and they find each other
 * @throws BasinlabError where the file is missing, is no plugin, or speaks another API version
 */
export function loadPlugin(path: string, { preload = [] }: { preload?: readonly string[] } = {}): Plugin {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (cause) {
    throw new BasinlabError('pjrt', 'the path of a PJRT plugin', path, { remedy: 'Run `basinlab engine list`', cause });
  }
  let plugin = loaded.get(real);
  if (plugin === undefined) loaded.set(real, (plugin = new Plugin(real, preload)));
  return plugin;
}
