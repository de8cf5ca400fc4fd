import { createHash } from 'node:crypto';
import { cpus } from 'node:os';
import { demand } from '@basinlab/tensor';
import { DeviceBuffer } from './buffer.js';
import { encodeCompileOptions } from './compile-options.js';
import type { CompileOptions } from './compile-options.js';
import { describeDevice } from './device.js';
import type { Device } from './device.js';
import { elementBytes, elementCode } from './element-type.js';
import type { ElementType } from './element-type.js';
import { EventWaiter } from './event-waiter.js';
import { Executable } from './executable.js';
import { countHostBytes, giveFreedMemoryBack } from './freed-memory.js';
import { LiveHandles } from './live-handles.js';
import { readAddresses, readText } from './memory.js';
import type { NamedValue } from './named-values.js';
import type { Plugin } from './plugin.js';
import { Block } from './struct.js';
import { bufferFromHostArgs, compileArgs, deserializeArgs, handleArgs, handleListArgs, handleTextArgs, program } from './structs.js';

const immutableOnlyDuringCall = 0;
const immutableZeroCopy = 2;

/** A connection to the devices of a plugin: makes buffers and programs, and owns them. Create it with `plugin.createClient`. */
export class Client {
  /** `cpu`, `cuda`, ... */
  readonly platform: string;
  readonly platformVersion: string;
  /** The devices that programs can run on; the first is the default. */
  readonly devices: readonly Device[];
  /** Changes when the plugin, its platform version, the client's options or the processor model do: a key for compiled programs kept on disk. */
  readonly fingerprint: string;
  /** Waits for the client's events. */
  readonly events: EventWaiter;
  /** The client's buffers that are not destroyed; donated ones count until then. */
  readonly buffers: LiveHandles;
  /** The client's programs that are not destroyed. */
  readonly executables: LiveHandles;
  private destroyed = false;

  constructor(
    readonly plugin: Plugin,
    private readonly handle: bigint,
    options: Readonly<Record<string, NamedValue>>,
  ) {
    this.platform = this.text('PJRT_Client_PlatformName');
    this.platformVersion = this.text('PJRT_Client_PlatformVersion');
    const devices = new Block(handleListArgs).set({ handle });
    plugin.call('PJRT_Client_AddressableDevices', devices);
    this.devices = readAddresses(devices.address('list'), devices.number('count')).map((device) => describeDevice(plugin, device));
    this.fingerprint = createHash('sha256')
      .update(JSON.stringify([plugin.fingerprint, this.platform, this.platformVersion, options, this.devices[0]?.kind, cpus()[0]?.model]))
      .digest('hex')
      .slice(0, 32);
    this.events = new EventWaiter(plugin);
    this.buffers = new LiveHandles((buffer) => plugin.call('PJRT_Buffer_Destroy', new Block(handleArgs).set({ handle: buffer })));
    this.executables = new LiveHandles((executable) => {
      plugin.call('PJRT_LoadedExecutable_Destroy', new Block(handleArgs).set({ handle: executable }));
      giveFreedMemoryBack();
    });
  }

  /** How many buffers exist: those made from host data and those returned by programs, until destroyed. */
  get liveBuffers(): number {
    return this.buffers.count;
  }

  /** How many programs are loaded. */
  get liveExecutables(): number {
    return this.executables.count;
  }

  /** How many events someone waits for. */
  get liveEvents(): number {
    return this.events.live;
  }

  /** Whether `destroy` was called. */
  get isDestroyed(): boolean {
    return this.destroyed;
  }

  /**
   * Copies host data (row-major) to a device; `data` may change as soon as this returns.
   * @param dims the shape, `[]` for a scalar; its product times the element size must be the length of `data` in bytes
   */
  bufferFromHost(data: ArrayBufferView, type: ElementType, dims: readonly number[], device = this.defaultDevice()): DeviceBuffer {
    this.requireAlive();
    const bytes = dims.reduce((product, dim) => product * dim, elementBytes(type));
    demand(bytes === data.byteLength, 'bufferFromHost', `${bytes} bytes for ${type}[${dims.join(', ')}]`, data.byteLength);
    const { buffer, unused } = this.fromHost(bytes === 0 ? noBytes : data, type, dims, device, immutableOnlyDuringCall);
    // Done when the plugin has taken its copy, which these semantics make it do before it returns.
    this.events.waitSync(unused);
    countHostBytes(bytes);
    return buffer;
  }

  /** Host memory as a device's array, without a copy; see `DeviceBuffer.viewOn`. `unused` is an event for `events`. */
  viewOfHost(address: bigint, type: ElementType, dims: readonly number[], device: Device): { buffer: DeviceBuffer; unused: bigint } {
    this.requireAlive();
    return this.fromHost(address, type, dims, device, immutableZeroCopy);
  }

  /**
   * Compiles a StableHLO module (text or MLIR bytecode) whose function `main` takes and returns tensors.
   * @throws PjrtError with the compiler's message
   */
  compile(text: string | Uint8Array, options?: CompileOptions): Executable {
    this.requireAlive();
    const { block, references } = this.compileBlock(text, options);
    this.plugin.call('PJRT_Client_Compile', block, references);
    giveFreedMemoryBack();
    return new Executable(this, block.address('executable'), this.devicesOf(options));
  }

  /** Like `compile`, on a worker thread. */
  async compileAsync(text: string | Uint8Array, options?: CompileOptions): Promise<Executable> {
    this.requireAlive();
    const { block, references } = this.compileBlock(text, options);
    await this.plugin.callOnWorker('PJRT_Client_Compile', block, references);
    giveFreedMemoryBack();
    return new Executable(this, block.address('executable'), this.devicesOf(options));
  }

  /**
   * Loads a program that `executable.serialize` wrote with the same `fingerprint`; `options` are those it was compiled with.
   * @throws PjrtError where the plugin cannot read it
   */
  deserialize(bytes: Uint8Array, options?: Pick<CompileOptions, 'devices'>): Executable {
    this.requireAlive();
    const block = new Block(deserializeArgs).set({ client: this.handle, bytes, byteCount: bytes.length });
    this.plugin.call('PJRT_Executable_DeserializeAndLoad', block);
    giveFreedMemoryBack();
    return new Executable(this, block.address('executable'), this.devicesOf(options));
  }

  /** Destroys the client with all of its buffers and programs, which must not be in use; does nothing the second time. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.buffers.clear();
    this.executables.clear();
    this.plugin.call('PJRT_Client_Destroy', new Block(handleArgs).set({ handle: this.handle }));
  }

  /** Refuses to go on after `destroy`. */
  requireAlive(): void {
    demand(!this.destroyed, 'pjrt', 'a client that is not destroyed', 'a destroyed one');
  }

  /** Where everything goes that is not told another device. */
  defaultDevice(): Device {
    const device = this.devices[0];
    demand(device !== undefined, 'pjrt', 'a client with a device', 'none', 'Run `basinlab engine doctor`');
    return device;
  }

  /** The devices that a program with these options runs on. */
  private devicesOf({ devices }: Pick<CompileOptions, 'devices'> = {}): readonly Device[] {
    if (devices === undefined) return [this.defaultDevice()];
    return devices.map((id) => {
      const device = this.devices.find((each) => each.id === id);
      demand(device !== undefined, 'pjrt', `a device of ${this.devices.map((each) => each.id).join(', ')}`, id);
      return device;
    });
  }

  private fromHost(data: ArrayBufferView | bigint, type: ElementType, dims: readonly number[], device: Device, semantics: number) {
    const block = new Block(bufferFromHostArgs).set({
      client: this.handle,
      data,
      type: elementCode(type),
      dims: BigInt64Array.from(dims, BigInt),
      dimCount: dims.length,
      semantics,
      device: device.handle,
    });
    this.plugin.call('PJRT_Client_BufferFromHostBuffer', block);
    return { buffer: new DeviceBuffer(this, block.address('buffer'), type, dims, device), unused: block.address('doneWithHostBuffer') };
  }

  private compileBlock(text: string | Uint8Array, options?: CompileOptions) {
    const code = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const encoded = encodeCompileOptions(options);
    const source = new Block(program).set({ code, codeSize: code.length, format: mlir, formatSize: mlir.length });
    const block = new Block(compileArgs).set({ client: this.handle, program: source, options: encoded, optionsSize: encoded.length });
    return { block, references: [source, encoded] };
  }

  private text(name: 'PJRT_Client_PlatformName' | 'PJRT_Client_PlatformVersion'): string {
    const block = new Block(handleTextArgs).set({ handle: this.handle });
    this.plugin.call(name, block);
    return readText(block.address('text'), block.number('textSize'));
  }
}

const mlir = new TextEncoder().encode('mlir');
// Plugins refuse a null pointer even for no bytes.
const noBytes = new Uint8Array(8);
