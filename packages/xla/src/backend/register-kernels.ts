import * as tf from '@tensorflow/tfjs-core';
import { kernels, unloweredKernels } from '../kernels/index.js';
import type { XlaBackend } from './backend.js';
import { HostKernels, refuseOnHost } from './host-kernels.js';

const BACKEND = 'xla';

/** Registers every lowering as a tfjs kernel, and for each kernel that has none the library's own on the host, which compiled functions refuse with the reason. */
export function registerKernels(): void {
  for (const [kernelName, lowering] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, BACKEND)) continue;
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) =>
        (backend as XlaBackend).runKernel(kernelName, lowering, inputs as tf.NamedTensorInfoMap, (attrs ?? {}) as Record<string, unknown>),
    });
  }
  if (!tf.getKernel('Levels', BACKEND))
    tf.registerKernel({
      kernelName: 'Levels',
      backendName: BACKEND,
      kernelFunc: ({ attrs, backend }) => {
        const { levels, shape, table } = attrs as unknown as { levels: Uint8Array; shape: readonly number[]; table: Float32Array };
        return (backend as XlaBackend).storeLevels(levels, shape, table);
      },
    });
  for (const [kernelName, reason] of Object.entries(unloweredKernels)) {
    // Without one tfjs has a way of its own, or says so.
    if (tf.getKernel(kernelName, BACKEND) || !HostKernels.has(kernelName)) continue;
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const xla = backend as XlaBackend;
        if (xla.trace === null) return xla.runOnHost(kernelName, inputs as tf.NamedTensorInfoMap, (attrs ?? {}) as Record<string, unknown>);
        return refuseOnHost(kernelName, reason);
      },
    });
  }
}
