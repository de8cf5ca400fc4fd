import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

/** What kernels use of a backend beyond its public interface. */
interface HostBackend {
  readSync(dataId: object): tf.backend_util.BackendValues;
  disposeData(dataId: object, force?: boolean): boolean | undefined;
}
interface CpuBackend extends HostBackend {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.backend_util.BackendValues): TensorInfo;
}
interface WasmBackend extends HostBackend {
  makeOutput(shape: number[], dtype: tf.DataType, memoryOffset: number | undefined, values: tf.backend_util.BackendValues): TensorInfo;
}

/** Their tensors are pairs of tensors, which the wasm backend cannot hold. */
const complexKernels = new Set(['Complex', 'ComplexAbs', 'Real', 'Imag', 'FFT', 'IFFT']);

/** Writes integers whatever dtype is asked for. */
const wrongKernels = ['OneHot'];

let added: readonly string[] | undefined;

/**
 * Gives the wasm backend every kernel that only the cpu backend has or that it has wrong (gradients of convolutions and of gather, one-hot
 * of floats, and others): inputs are copied over, outputs back. Returns their names; a second call changes nothing. Both backends must be
 * registered.
 */
export function addMissingKernels(): readonly string[] {
  if (added !== undefined) return added;
  const present = new Set(tf.getKernelsForBackend('wasm').map((kernel) => kernel.kernelName));
  for (const name of wrongKernels) {
    tf.unregisterKernel(name, 'wasm');
    present.delete(name);
  }
  const missing = tf
    .getKernelsForBackend('cpu')
    .filter((kernel) => !present.has(kernel.kernelName) && !complexKernels.has(kernel.kernelName));
  for (const kernel of missing) tf.registerKernel(onCpu(kernel));
  return (added = missing.map((kernel) => kernel.kernelName));
}

function onCpu({ kernelName, kernelFunc }: KernelConfig): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as WasmBackend;
      const cpu = tf.findBackend('cpu') as unknown as CpuBackend;
      const copy = (input: TensorInfo | TensorInfo[]) =>
        each(input, (info) => cpu.makeTensorInfo(info.shape, info.dtype, wasm.readSync(info.dataId)));
      // Where its type says a record of tensors, a kernel may take a list (Einsum), or a record that holds one (RaggedGather).
      const given = inputs as Record<string, TensorInfo> | TensorInfo[];
      const copies = Array.isArray(given)
        ? given.map(copy)
        : Object.fromEntries(Object.entries(given).map(([name, input]) => [name, copy(input)]));
      const results = kernelFunc({ inputs: copies, attrs: attrs ?? {}, backend: cpu } as never);
      const outputs = [results].flat().map((info) => wasm.makeOutput(info.shape, info.dtype, undefined, cpu.readSync(info.dataId)));
      for (const info of [...Object.values(copies).flat(), ...[results].flat()] as TensorInfo[]) cpu.disposeData(info.dataId);
      return Array.isArray(results) ? outputs : outputs[0]!;
    },
  };
}

const each = <T>(input: TensorInfo | TensorInfo[], f: (info: TensorInfo) => T): T | T[] => (Array.isArray(input) ? input.map(f) : f(input));
