import { BasinlabError, floatsOfLevels } from '@basinlab/tensor';
import type { BackendValues, DataType } from '@tensorflow/tfjs-core';
import type { DType, LevelTable, Value } from '../hlo/index.js';
import { sizeOf } from '../hlo/index.js';
import type { DeviceBuffer } from '../pjrt/index.js';
import type { Copies } from './copies.js';

/**
 * Where the elements of a tensor are: `host` values, a device `buffer`, or both; `value` in a graph under construction; or nowhere, once
 * the memory was handed to a program (`donatedTo`). Tensors that are reshapes of each other share one of these; `shape` is that of the
 * buffer or value.
 */
export interface TensorData {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  references: number;
  host: BackendValues | null;
  buffer: DeviceBuffer | null;
  /** What the bytes of `buffer` stand for, where it holds those in place of float32. */
  readonly levels: LevelTable | null;
  /** Of `buffer`, on other devices. */
  copies: Copies | null;
  readonly value: Value | null;
  donatedTo: string | null;
  /** Called when the data is disposed. */
  readonly onDispose?: () => void;
}

/** Host values up to this many elements stay beside their device buffer, so that traces can turn them into constants. */
export const SMALL = 16;

export const emptyData = (dtype: DataType, shape: readonly number[]): TensorData => ({
  dtype,
  shape,
  references: 1,
  host: null,
  buffer: null,
  levels: null,
  copies: null,
  value: null,
  donatedTo: null,
});

/** Dtypes that tfjs and the device both have. */
export type DeviceDType = DType & DataType;

/** The dtype of the graph for a tfjs dtype; strings have none. */
export function elementType(dtype: DataType, kernel: string): DeviceDType {
  if (dtype !== 'string') return dtype;
  throw new BasinlabError(`xla/${kernel}`, 'float32, int32, bool or complex64 tensors', dtype, {
    remedy: 'Strings stay on the host: read them with data()',
  });
}

/**
 * Host values as the device wants them: plain arrays and wider typed arrays become typed arrays of the dtype's own width. Complex numbers are real and
 * imaginary parts by turns.
 */
export function toBytes(values: BackendValues, dtype: DeviceDType): ArrayBufferView {
  if (dtype === 'float32' || dtype === 'complex64')
    return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values as ArrayLike<number>);
  return Uint8Array.from(values as ArrayLike<number | boolean>, (value) => (value ? 1 : 0));
}

/** Bytes of a device buffer as the typed array tfjs expects. */
export function fromBytes(bytes: Uint8Array<ArrayBuffer>, dtype: DeviceDType): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'float32' || dtype === 'complex64') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  if (dtype === 'int32') return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return bytes;
}

/** What a device buffer holds of a tensor, as the typed array tfjs expects. */
export const contentOf = (bytes: Uint8Array<ArrayBuffer>, { dtype, levels }: TensorData): Float32Array | Int32Array | Uint8Array =>
  levels === null ? fromBytes(bytes, elementType(dtype, 'read')) : floatsOfLevels(bytes, levels.values);

/** The one number that fills the values, or null. */
export function splatOf(values: BackendValues, shape: readonly number[]): number | null {
  const numbers = values as ArrayLike<number | boolean>;
  const first = Number(numbers[0]);
  for (let i = 1; i < sizeOf(shape); i++) if (!Object.is(Number(numbers[i]), first)) return null;
  return sizeOf(shape) === 0 ? 0 : first;
}
