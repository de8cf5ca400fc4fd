import type { Precision } from '../hlo/index.js';
import type { Client, CompileOptions, Device, DeviceBuffer, Executable } from '../pjrt/index.js';
import { LeastRecentlyUsed } from './lru.js';
import type { ProgramStore } from './program-store.js';

export interface RuntimeOptions {
  readonly precision: Precision;
  /** Compiled programs on disk, or null. */
  readonly store: ProgramStore | null;
  readonly compile?: CompileOptions;
}

/** A client with the programs compiled for it. */
export class Runtime {
  precision: Precision;
  /** Told of every result while someone measures time. */
  onResults: ((buffers: readonly DeviceBuffer[]) => void) | null = null;
  private readonly programs = new LeastRecentlyUsed<Executable>(2048, (executable) => executable.destroy());
  /** Programs of several devices, by text and then by the ids of the devices. */
  private readonly replicated = new LeastRecentlyUsed<Map<string, Executable>>(256, (programs) => {
    for (const executable of programs.values()) executable.destroy();
  });

  constructor(
    readonly client: Client,
    private readonly options: RuntimeOptions,
  ) {
    this.precision = options.precision;
  }

  /** Compiles `text` for the first device unless that has been done, here or in an earlier process. */
  program(text: string): Executable {
    return this.programs.get(text, () => this.load(text, this.options.compile));
  }

  private load(text: string, options?: CompileOptions): Executable {
    return this.options.store?.load(this.client, text, options) ?? this.client.compile(text, options);
  }

  /** Starts a program; results may still be pending. Inputs at `nonDonatable` survive although the program could reuse their memory. */
  execute(text: string, inputs: readonly DeviceBuffer[], nonDonatable: readonly number[] = []): DeviceBuffer[] {
    const results = this.program(text).execute(inputs, { nonDonatable });
    this.onResults?.(results);
    return results;
  }

  /** Starts a program on several devices at the same time, each with inputs of its own. */
  executeAll(text: string, devices: readonly Device[], inputs: readonly (readonly DeviceBuffer[])[]): DeviceBuffer[][] {
    const ids = devices.map(({ id }) => id);
    const replicated = this.replicated.get(text, () => new Map<string, Executable>());
    let program = replicated.get(ids.join());
    if (program === undefined) replicated.set(ids.join(), (program = this.load(text, { ...this.options.compile, devices: ids })));
    const results = program.executeAll(inputs);
    this.onResults?.(results.flat());
    return results;
  }

  /** Unloads a compiled program. */
  release(text: string): void {
    this.programs.delete(text);
    this.replicated.delete(text);
  }

  dispose(): void {
    this.programs.clear();
    this.replicated.clear();
    this.client.destroy();
  }
}
