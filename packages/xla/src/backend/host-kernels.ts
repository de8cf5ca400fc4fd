import { BasinlabError } from '@basinlab/tensor';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendValues, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { takesComplex } from '../kernels/index.js';

/** Values of a tensor on the host; of complex numbers real and imaginary parts by turns. */
export interface HostTensor {
  readonly values: BackendValues;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** What a kernel is given: tensors by name, of which some are lists, or one list. */
export type Inputs<T> = readonly T[] | Readonly<Record<string, T | readonly T[] | null | undefined>>;
type HostInputs = Inputs<HostTensor>;

/** The same structure with something else in place of every tensor; absent ones are left out. */
export function mapInputs<T, U>(inputs: Inputs<T>, f: (tensor: T) => U): Inputs<U> {
  if (Array.isArray(inputs)) return (inputs as readonly T[]).map(f);
  const entries = Object.entries(inputs as Readonly<Record<string, T | readonly T[] | null | undefined>>);
  return Object.fromEntries(
    entries.flatMap(([name, tensor]): [string, U | U[]][] =>
      tensor == null ? [] : [[name, Array.isArray(tensor) ? (tensor as readonly T[]).map(f) : f(tensor as T)]],
    ),
  );
}

/** Kernels of the library's own `cpu` backend on values from the host: for what has no place on a device, and results whose shape depends on values. */
export class HostKernels {
  private readonly cpu = new MathBackendCPU();

  constructor() {
    // As if it had been used: the first time it advises to install another backend.
    Reflect.set(this.cpu, 'firstUse', false);
  }

  /** Whether there is such a kernel. */
  static has(kernel: string): boolean {
    return tf.getKernel(kernel, 'cpu') !== undefined;
  }

  /**
   * Runs a kernel. What it makes on the way is disposed.
   * @throws BasinlabError for one that the library has not
   */
  run(kernel: string, inputs: HostInputs, attrs: Readonly<Record<string, unknown>>): HostTensor | HostTensor[] {
    const config = tf.getKernel(kernel, 'cpu');
    if (config === undefined) throw new BasinlabError('xla', 'a kernel of its table (docs/kernels.md)', kernel);
    const made: TensorInfo[] = [];
    const upload = (tensor: HostTensor): TensorInfo => {
      const info = this.upload(tensor);
      made.push(info);
      return info;
    };
    const given = mapInputs(inputs, upload) as unknown as tf.NamedTensorInfoMap;
    const results = config.kernelFunc({ inputs: given, attrs: attrs as tf.NamedAttrMap, backend: this.cpu });
    const all = Array.isArray(results) ? results : [results];
    const values = all.map((info): HostTensor => ({ values: this.cpu.readSync(info.dataId), shape: info.shape, dtype: info.dtype }));
    for (const { dataId } of [...all, ...made]) this.cpu.disposeData(dataId, true);
    return Array.isArray(results) ? values : values[0]!;
  }

  private upload({ values, shape, dtype }: HostTensor): TensorInfo {
    // Some kernels ask tensors for their rank.
    const rank = shape.length;
    if (dtype !== 'complex64') return Object.assign(this.cpu.makeTensorInfo([...shape], dtype, values as Float32Array), { rank });
    const parts = values as Float32Array;
    const part = (offset: 0 | 1): TensorInfo =>
      this.cpu.makeTensorInfo(
        [...shape],
        'float32',
        Float32Array.from({ length: parts.length / 2 }, (_, i) => parts[2 * i + offset]!),
      );
    const info = this.cpu.makeTensorInfo([...shape], 'complex64');
    this.cpu.data.get(info.dataId).complexTensorInfos = { real: part(0), imag: part(1) };
    return Object.assign(info, { rank });
  }
}

/** Refuses in a compiled function what only the host computes. */
export function refuseOnHost(kernel: string, reason: string): never {
  throw new BasinlabError('xla', 'a kernel of its table (docs/kernels.md)', `${kernel} (${reason})`, {
    remedy: 'Call it outside the compiled function',
  });
}

/** Whether a kernel takes or gives tensors that it has on the host alone: strings, and complex numbers unless it is one of those that compile them. */
export function needsHost(kernel: string, inputs: NamedTensorInfoMap, attrs: Readonly<Record<string, unknown>>): boolean {
  const onHost = (dtype: unknown) => dtype === 'string' || (dtype === 'complex64' && !takesComplex(kernel));
  return onHost(attrs['dtype']) || Object.values(inputs).some((tensor) => onHost(tensor?.dtype));
}
