import type { Precision } from '../hlo/index.js';
import type { Client, CompileOptions, DeviceBuffer, Executable } from '../pjrt/index.js';
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

  constructor(
    readonly client: Client,
    private readonly options: RuntimeOptions,
  ) {
    this.precision = options.precision;
  }

  /** Compiles `text` unless that has been done, here or in an earlier process. */
  program(text: string): Executable {
    const { store, compile } = this.options;
    return this.programs.get(text, () => store?.load(this.client, text, compile) ?? this.client.compile(text, compile));
  }

  /** Starts a program; results may still be pending. Inputs at `nonDonatable` survive although the program could reuse their memory. */
  execute(text: string, inputs: readonly DeviceBuffer[], nonDonatable: readonly number[] = []): DeviceBuffer[] {
    const results = this.program(text).execute(inputs, { nonDonatable });
    this.onResults?.(results);
    return results;
  }

  /** Unloads a compiled program. */
  release(text: string): void {
    this.programs.delete(text);
  }

  dispose(): void {
    this.programs.clear();
    this.client.destroy();
  }
}
