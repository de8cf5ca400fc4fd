import { BasinlabError, demand } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendValues, DataId, DataType, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { levelTable } from '../hlo/index.js';
import type { Value } from '../hlo/index.js';
import type { Lowering } from '../kernels/index.js';
import type { Device, DeviceBuffer } from '../pjrt/index.js';
import { Copies } from './copies.js';
import { EagerKernels } from './eager.js';
import { withFreshTape } from './engine-state.js';
import { HostKernels, mapInputs, needsHost, refuseOnHost, type HostTensor, type Inputs } from './host-kernels.js';
import { traceKernel } from './lower.js';
import type { Runtime } from './runtime.js';
import { SMALL, contentOf, elementType, emptyData, toBytes } from './tensor-data.js';
import type { TensorData } from './tensor-data.js';
import { refuseRead } from './trace.js';
import type { Trace } from './trace.js';

/** The tfjs backend `xla`: tensors are device buffers, kernels are compiled programs, or nodes of a graph while a function is traced. */
export class XlaBackend extends tf.KernelBackend {
  /** The innermost function being traced, if any. */
  trace: Trace | null = null;
  /** Where everything is computed that is not told another device. */
  readonly device: Device;
  private readonly storage: tf.DataStorage<TensorData>;
  private readonly eager: EagerKernels;
  private readonly hostKernels = new HostKernels();
  private readonly donated = new WeakMap<DataId, string>();
  private deviceBytes = 0;
  /** Buffers of tensors. */
  private readonly buffers = new Set<DeviceBuffer>();
  /** `tf.engine().reset()` replaces it before it disposes backends, `tf.removeBackend` leaves it. */
  private readonly engineState = tf.engine().state;

  /** @param onRemove called when the backend is removed, not when the engine is reset: then another one will be asked for */
  constructor(
    readonly runtime: Runtime,
    private readonly onRemove: () => void,
  ) {
    super();
    this.device = runtime.client.defaultDevice();
    this.storage = new tf.DataStorage<TensorData>(this, tf.engine());
    this.eager = new EagerKernels(this);
  }

  /** Runs one kernel now, or appends it to the function being traced. */
  runKernel(
    kernel: string,
    lowering: Lowering,
    inputs: NamedTensorInfoMap,
    attrs: Readonly<Record<string, unknown>>,
  ): TensorInfo | TensorInfo[] {
    const onHost = needsHost(kernel, inputs, attrs);
    if (this.trace) {
      if (onHost) refuseOnHost(kernel, 'of strings or complex numbers');
      return traceKernel(this.trace, kernel, lowering, inputs, attrs);
    }
    return onHost ? this.runOnHost(kernel, inputs, attrs) : this.eager.run(kernel, lowering, inputs, attrs);
  }

  /** Runs one of the library's `cpu` kernels on values that are read from the device; results stay on the host until they are needed there. */
  runOnHost(kernel: string, inputs: NamedTensorInfoMap, attrs: Readonly<Record<string, unknown>>): TensorInfo | TensorInfo[] {
    const given = mapInputs(inputs as Inputs<TensorInfo>, (tensor): HostTensor => {
      this.dataOf(tensor, kernel);
      return { values: this.readSync(tensor.dataId), shape: tensor.shape, dtype: tensor.dtype };
    });
    const keep = ({ values, shape, dtype }: HostTensor): TensorInfo => {
      const data = { ...emptyData(dtype, shape), host: values };
      return { dataId: this.add(data), shape: [...shape], dtype };
    };
    const results = this.hostKernels.run(kernel, given, attrs);
    return Array.isArray(results) ? results.map(keep) : keep(results);
  }

  /** What is known of a tensor's data; refuses disposed and donated ones. */
  dataOf(tensor: TensorInfo, user: string): TensorData {
    if (!this.storage.has(tensor.dataId)) {
      const donor = this.donated.get(tensor.dataId);
      if (donor !== undefined) refuseDonated(donor, user);
      demand(
        tf.engine().state.tensorInfo.has(tensor.dataId),
        `xla/${user}`,
        'a live tensor',
        `a disposed one of shape [${tensor.shape.join(',')}]`,
      );
    }
    const data = this.storage.get(tensor.dataId);
    if (data.donatedTo !== null) refuseDonated(data.donatedTo, user);
    return data;
  }

  /** The content of a tensor on a device (by default the first), brought there on first use. */
  bufferOf(data: TensorData, user: string, device = this.device): DeviceBuffer {
    if (data.value)
      throw new BasinlabError(`xla/${user}`, 'tensors with values', 'a tensor that was kept from a traced function', {
        remedy: 'Return it from that function instead',
      });
    if (!data.buffer) {
      const dtype = elementType(data.dtype, user);
      data.buffer = this.runtime.client.bufferFromHost(toBytes(data.host!, dtype), dtype, data.shape, device);
      this.own(data.buffer);
      if (data.host!.length > SMALL) data.host = null;
    }
    return data.buffer.device === device ? data.buffer : (data.copies ??= new Copies(data.buffer)).on(device);
  }

  /** Takes the content of a tensor to a device for good, where nothing else reads it: a program will take its memory over. */
  moveTo(data: TensorData, device: Device): void {
    data.copies?.release();
    data.copies = null;
    if (data.buffer === null || data.buffer.device === device) return;
    const moved = data.buffer.copyTo(device);
    this.destroyBuffer(data);
    data.buffer = moved;
    this.own(moved);
  }

  /** A tensor over a result buffer. */
  wrap(buffer: DeviceBuffer, dtype: DataType): TensorInfo {
    const data = { ...emptyData(dtype, buffer.dims), buffer };
    this.own(buffer);
    return { dataId: this.add(data), shape: [...buffer.dims], dtype };
  }

  /** A float32 tensor whose entries are kept as bytes, see `fromLevels`. */
  storeLevels(levels: Uint8Array, shape: readonly number[], table: Float32Array): TensorInfo {
    const buffer = this.runtime.client.bufferFromHost(levels, 'uint8', shape);
    this.own(buffer);
    return { dataId: this.add({ ...emptyData('float32', shape), buffer, levels: levelTable(table) }), shape: [...shape], dtype: 'float32' };
  }

  /** A tensor without content; `onDispose` is called when its last clone is disposed. */
  sentinel(onDispose: () => void): tf.Tensor {
    const dataId = this.add({ ...emptyData('float32', [0]), host: new Float32Array(0), onDispose });
    return tf.engine().makeTensorFromTensorInfo({ dataId, shape: [0], dtype: 'float32' });
  }

  /** Stores a traced value; returns its data id. */
  store({ dtype, shape, value }: { dtype: DataType; shape: readonly number[]; value: Value }): DataId {
    return this.add({ ...emptyData(dtype, shape), value });
  }

  /** Forgets the elements of a tensor: a program took its memory over. Its tensors may only be disposed from now on. */
  markDonated(tensor: TensorInfo, program: string): void {
    const data = this.storage.get(tensor.dataId);
    this.destroyBuffer(data);
    Object.assign(data, { host: null, donatedTo: program });
    this.donated.set(tensor.dataId, program);
  }

  /** Runs `f` as if no function were being traced and no gradient taken. */
  outsideTraces<T>(f: () => T): T {
    const { trace } = this;
    this.trace = null;
    try {
      return withFreshTape(f);
    } finally {
      this.trace = trace;
    }
  }

  private own(buffer: DeviceBuffer): void {
    this.buffers.add(buffer);
    this.deviceBytes += buffer.bytes;
  }

  private destroyBuffer(data: TensorData): void {
    if (!data.buffer) return;
    this.buffers.delete(data.buffer);
    this.deviceBytes -= data.buffer.bytes;
    data.copies?.release();
    data.buffer.destroy();
    data.buffer = data.copies = null;
  }

  private add(data: TensorData): DataId {
    const dataId = {};
    this.storage.set(dataId, data);
    return dataId;
  }

  // --- what tfjs asks of a backend ---------------------------------------------------------------------------------------------------

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    return this.add({ ...emptyData(dtype, shape), host: values });
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    this.storage.set(dataId, { ...emptyData(dtype, shape), host: values, references: refCount });
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    const data = this.readable(dataId);
    if (data.host) return data.host;
    return contentOf(await data.buffer!.toHost(), data);
  }

  override readSync(dataId: DataId): BackendValues {
    const data = this.readable(dataId);
    return data.host ?? contentOf(data.buffer!.toHostSync(), data);
  }

  private readable(dataId: DataId): TensorData {
    const data = this.storage.get(dataId);
    if (data.donatedTo !== null) refuseDonated(data.donatedTo, 'read');
    if (data.value) refuseRead();
    return data;
  }

  override incRef(dataId: DataId): void {
    this.storage.get(dataId).references++;
  }

  override refCount(dataId: DataId): number {
    return this.storage.has(dataId) ? this.storage.get(dataId).references : 0;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.storage.has(dataId)) return true;
    const data = this.storage.get(dataId);
    data.references--;
    if (!force && data.references > 0) return false;
    this.destroyBuffer(data);
    this.storage.delete(dataId);
    data.onDispose?.();
    return true;
  }

  override numDataIds(): number {
    return this.storage.numDataIds();
  }

  /** What is on the device, beside what tfjs counts: buffers with the bytes of those that belong to tensors, and programs. */
  override memory(): { unreliable: boolean; deviceBuffers: number; deviceBytes: number; programs: number } {
    const { client } = this.runtime;
    return { unreliable: false, deviceBuffers: client.liveBuffers, deviceBytes: this.deviceBytes, programs: client.liveExecutables };
  }

  override timerAvailable(): boolean {
    return true;
  }

  /** Milliseconds until everything that `f` started is computed, compilation included. */
  override async time(f: () => void): Promise<{ kernelMs: number }> {
    const start = performance.now();
    const started: DeviceBuffer[] = [];
    this.runtime.onResults = (buffers) => started.push(...buffers);
    try {
      f();
    } finally {
      this.runtime.onResults = null;
    }
    await Promise.all(started.filter((buffer) => !buffer.isDeleted).map((buffer) => buffer.ready()));
    return { kernelMs: performance.now() - start };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    for (const buffer of this.buffers) if (!buffer.isDeleted) buffer.destroy();
    this.buffers.clear();
    this.deviceBytes = 0;
    if (tf.engine().state === this.engineState) this.onRemove();
  }
}

function refuseDonated(donor: string, user: string): never {
  throw new BasinlabError(`xla/${user}`, 'a live tensor', `one donated to "${donor}"`, {
    remedy: 'Use the result that took its place, or do not donate the argument',
  });
}
