import { demand } from '@basinlab/tensor';
import type { Client } from './client.js';
import type { Device } from './device.js';
import { elementBytes } from './element-type.js';
import type { ElementType } from './element-type.js';
import { countHostBytes } from './freed-memory.js';
import { allocateMemory, freeMemory, readMemory } from './memory.js';
import { Block } from './struct.js';
import { copyToDeviceArgs, handleFlagArgs, handleHandleArgs, toHostArgs } from './structs.js';

/** An array on a device. Immutable; lives until `destroy`, or until a program that was given it as a donated argument takes its memory. */
export class DeviceBuffer {
  /** Size in bytes, rows contiguous. */
  readonly bytes: number;
  private destroyed = false;

  constructor(
    readonly client: Client,
    /** Address of the `PJRT_Buffer`. */
    private readonly handle: bigint,
    readonly type: ElementType,
    readonly dims: readonly number[],
    readonly device: Device,
  ) {
    this.bytes = dims.reduce((product, dim) => product * dim, elementBytes(type));
    client.buffers.add(this, handle);
  }

  /** The handle, for a program that reads it; refuses a buffer that is destroyed here (the plugin itself refuses a donated one). */
  handleToRead(): bigint {
    if (this.destroyed || this.client.isDestroyed) this.requireReadable();
    return this.handle;
  }

  /** Whether the content is gone: destroyed, or donated to a program. */
  get isDeleted(): boolean {
    if (this.destroyed || this.client.isDestroyed) return true;
    const block = new Block(handleFlagArgs).set({ handle: this.handle });
    this.client.plugin.call('PJRT_Buffer_IsDeleted', block);
    return block.flag('result');
  }

  /**
   * Reads the content, row-major, without blocking the event loop.
   * @throws PjrtError where the program that made it failed
   */
  async toHost(): Promise<Uint8Array<ArrayBuffer>> {
    this.requireReadable();
    countHostBytes(this.bytes);
    if (this.isHostMemory() && this.client.events.takeIfReady(this.readyEvent())) return this.readInPlace();
    // The plugin writes while JavaScript goes on, perhaps to the end of this thread: the memory must not be the collector's.
    const memory = allocateMemory(this.bytes);
    try {
      await this.client.events.wait(this.startCopy(memory));
      return readMemory(memory, this.bytes);
    } finally {
      freeMemory(memory);
    }
  }

  /** Reads the content, row-major; blocks until the program that makes it is done. */
  toHostSync(): Uint8Array<ArrayBuffer> {
    this.requireReadable();
    countHostBytes(this.bytes);
    if (this.isHostMemory()) {
      this.client.events.waitSync(this.readyEvent());
      return this.readInPlace();
    }
    const content = new Uint8Array(new ArrayBuffer(this.bytes));
    this.client.events.waitSync(this.startCopy(content));
    return content;
  }

  /** The same content on another device of the client. */
  copyTo(device: Device): DeviceBuffer {
    this.requireReadable();
    const block = new Block(copyToDeviceArgs).set({ buffer: this.handle, device: device.handle });
    this.client.plugin.call('PJRT_Buffer_CopyToDevice', block);
    return new DeviceBuffer(this.client, block.address('copy'), this.type, this.dims, device);
  }

  /**
   * This buffer's memory as one of another device, which programs may only read: for devices that share the host's memory (`isHostMemory`). The
   * event is done once nobody reads it there any more; until then this buffer must not be destroyed. Blocks until the content is there.
   */
  viewOn(device: Device): { buffer: DeviceBuffer; unused: bigint } {
    this.readySync();
    return this.client.viewOfHost(this.address(), this.type, this.dims, device);
  }

  /** Resolves when the content is there; rejects with the error of the program that should have made it. */
  async ready(): Promise<void> {
    this.requireReadable();
    return this.client.events.wait(this.readyEvent());
  }

  /** Blocks until the content is there. */
  readySync(): void {
    this.requireReadable();
    this.client.events.waitSync(this.readyEvent());
  }

  /** Frees the buffer as soon as no program in progress needs it; does nothing the second time. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.client.buffers.remove(this, this.handle);
  }

  private readyEvent(): bigint {
    const block = new Block(handleHandleArgs).set({ handle: this.handle });
    this.client.plugin.call('PJRT_Buffer_ReadyEvent', block);
    return block.address('result');
  }

  /** Whether the host reads the memory where it is. */
  // The plugin's own copy hops through one of its threads: 90 microseconds where these take two. Programs' results are dense and row-major.
  isHostMemory(): boolean {
    return this.client.platform === 'cpu';
  }

  private readInPlace(): Uint8Array<ArrayBuffer> {
    if (this.bytes === 0) return new Uint8Array(0);
    return readMemory(this.address(), this.bytes);
  }

  private address(): bigint {
    const block = new Block(handleHandleArgs).set({ handle: this.handle });
    this.client.plugin.call('PJRT_Buffer_OpaqueDeviceMemoryDataPointer', block);
    return block.address('result');
  }

  private startCopy(destination: bigint | Uint8Array): bigint {
    const block = new Block(toHostArgs).set({ buffer: this.handle, destination, destinationSize: this.bytes });
    this.client.plugin.call('PJRT_Buffer_ToHostBuffer', block);
    return block.address('event');
  }

  private requireReadable(): void {
    const state = this.destroyed ? 'a destroyed one' : this.client.isDestroyed ? 'one of a destroyed client' : 'one donated to a program';
    demand(!this.isDeleted, 'pjrt', 'a live buffer', state);
  }
}
