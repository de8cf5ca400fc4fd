import { BasinlabError, demand } from '@basinlab/tensor';
import { DeviceBuffer } from './buffer.js';
import type { Client } from './client.js';
import type { Device } from './device.js';
import { elementType } from './element-type.js';
import type { ElementType } from './element-type.js';
import { addressOf, functionAt, readMemory } from './memory.js';
import type { FunctionName } from './api-table.js';
import { Block } from './struct.js';
import type { Struct } from './struct.js';
import {
  executeArgs,
  executeOptions,
  handleArgs,
  handleHandleArgs,
  handleSizeArgs,
  outputDimensionsArgs,
  outputTypesArgs,
  serializeArgs,
} from './structs.js';

/** Type and shape of a program's output. */
export interface OutputSpec {
  readonly type: ElementType;
  readonly dims: readonly number[];
}

/** How one run of a program differs from the default. */
export interface ExecuteOptions {
  /** Positions of arguments that stay the caller's although the program would reuse their memory. */
  readonly nonDonatable?: readonly number[];
}

/** A compiled program. Made by `client.compile` or `client.deserialize`; lives until `destroy`. */
export class Executable {
  /** Types and shapes of the outputs, in order. */
  readonly outputs: readonly OutputSpec[];
  private destroyed = false;

  constructor(
    readonly client: Client,
    private readonly handle: bigint,
    /** Those that run it at the same time, each on arguments of its own. */
    readonly devices: readonly Device[],
  ) {
    client.executables.add(this, handle);
    this.outputs = this.describe((executable) => this.readOutputs(executable));
  }

  get numOutputs(): number {
    return this.outputs.length;
  }

  /**
   * Starts the program and returns its outputs, which may not be computed yet: an error of the computation surfaces where they are read. Arguments
   * that the program marks as donated (`tf.aliasing_output`) are deleted.
   * @throws PjrtError where number, types or shapes of the arguments do not fit
   */
  execute(inputs: readonly DeviceBuffer[], options: ExecuteOptions = {}): DeviceBuffer[] {
    return this.executeAll([inputs], options)[0]!;
  }

  /**
   * Like `execute`, on all devices of the program at the same time: arguments and outputs by device. That is one call of the plugin, which on a
   * CPU runs calls of their own one after the other, whichever devices they are for.
   */
  executeAll(inputs: readonly (readonly DeviceBuffer[])[], options: ExecuteOptions = {}): DeviceBuffer[][] {
    const { block, outputs, references } = this.prepare(inputs, options);
    try {
      this.client.plugin.call('PJRT_LoadedExecutable_Execute', block, references);
    } catch (error) {
      throw explain(error, inputs.flat());
    }
    return this.wrap(outputs);
  }

  /** Like `execute`, from a worker thread: for plugins that compute before they return. */
  async executeAsync(inputs: readonly DeviceBuffer[], options: ExecuteOptions = {}): Promise<DeviceBuffer[]> {
    const { block, outputs, references } = this.prepare([inputs], options);
    try {
      await this.client.plugin.callOnWorker('PJRT_LoadedExecutable_Execute', block, references);
    } catch (error) {
      throw explain(error, inputs);
    }
    return this.wrap(outputs)[0]!;
  }

  /** The compiled program as bytes that `client.deserialize` loads, in this process or a later one of the same `client.fingerprint`. */
  serialize(): Uint8Array<ArrayBuffer> {
    return this.describe((executable) => {
      const block = new Block(serializeArgs).set({ executable });
      this.client.plugin.call('PJRT_Executable_Serialize', block);
      const bytes = readMemory(block.address('bytes'), block.number('byteCount'));
      functionAt(block.address('deleter'))(block.address('owner'));
      return bytes;
    });
  }

  /** Unloads the program; runs in progress go on. Does nothing the second time. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.client.executables.remove(this, this.handle);
  }

  private prepare(inputs: readonly (readonly DeviceBuffer[])[], { nonDonatable = [] }: ExecuteOptions) {
    this.requireAlive();
    demand(inputs.length === this.devices.length, 'pjrt', `arguments for ${this.devices.length} devices`, inputs.length);
    const handles = inputs.map((list) => {
      const each = new BigUint64Array(list.length);
      for (let i = 0; i < list.length; i++) each[i] = list[i]!.handleToRead();
      return each;
    });
    const outputs = inputs.map(() => new BigUint64Array(Math.max(1, this.numOutputs)));
    const keep = BigInt64Array.from(nonDonatable, BigInt);
    const options = new Block(executeOptions).set({ nonDonatable: keep, nonDonatableCount: keep.length });
    const argumentLists = BigUint64Array.from(handles, addressOf);
    const outputLists = BigUint64Array.from(outputs, addressOf);
    const block = new Block(executeArgs).set({
      executable: this.handle,
      options,
      argumentLists,
      deviceCount: inputs.length,
      argumentCount: inputs[0]!.length,
      outputLists,
    });
    return { block, outputs, references: [handles, outputs, keep, options, argumentLists, outputLists] };
  }

  private wrap(handles: readonly BigUint64Array[]): DeviceBuffer[][] {
    return handles.map((own, at) =>
      this.outputs.map(({ type, dims }, i) => new DeviceBuffer(this.client, own[i]!, type, dims, this.devices[at]!)),
    );
  }

  /** Hands the `PJRT_Executable` behind the loaded one to `read`, and destroys it. */
  private describe<T>(read: (executable: bigint) => T): T {
    this.requireAlive();
    const block = new Block(handleHandleArgs).set({ handle: this.handle });
    this.client.plugin.call('PJRT_LoadedExecutable_GetExecutable', block);
    const executable = block.address('result');
    try {
      return read(executable);
    } finally {
      this.client.plugin.call('PJRT_Executable_Destroy', new Block(handleArgs).set({ handle: executable }));
    }
  }

  private readOutputs(executable: bigint): OutputSpec[] {
    const call = (name: FunctionName, block: Struct) => this.client.plugin.call(name, block);
    const counted = new Block(handleSizeArgs).set({ handle: executable });
    call('PJRT_Executable_NumOutputs', counted);
    const count = counted.number('result');
    const types = new Block(outputTypesArgs).set({ executable });
    call('PJRT_Executable_OutputElementTypes', types);
    const codes = new Int32Array(readMemory(types.address('types'), 4 * count).buffer);
    const shapes = new Block(outputDimensionsArgs).set({ executable });
    call('PJRT_Executable_OutputDimensions', shapes);
    const ranks = [...new BigUint64Array(readMemory(shapes.address('dimCounts'), 8 * count).buffer)].map(Number);
    const sizes = new BigInt64Array(readMemory(shapes.address('dims'), 8 * ranks.reduce((a, b) => a + b, 0)).buffer);
    let at = 0;
    return ranks.map((rank, i) => ({ type: elementType(codes[i]!), dims: [...sizes.subarray(at, (at += rank))].map(Number) }));
  }

  private requireAlive(): void {
    this.client.requireAlive();
    demand(!this.destroyed, 'pjrt', 'a program that is not destroyed', 'a destroyed one');
  }
}

/** Says which argument had been donated, where that is why a program did not start. */
function explain(error: unknown, inputs: readonly DeviceBuffer[]): unknown {
  const index = inputs.findIndex((input) => input.isDeleted);
  if (index < 0) return error;
  return new BasinlabError('pjrt', `a live buffer as argument ${index}`, 'one donated to a program', { cause: error });
}
