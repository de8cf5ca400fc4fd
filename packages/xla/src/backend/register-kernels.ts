import { BasinlabError } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { kernels, unsupportedKernels } from '../kernels/index.js';
import type { XlaBackend } from './backend.js';

const BACKEND = 'xla';

/** Registers every lowering as a tfjs kernel, and a refusal that gives the reason for each kernel that has none. */
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
  for (const [kernelName, reason] of Object.entries(unsupportedKernels)) {
    if (tf.getKernel(kernelName, BACKEND)) continue;
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: () => {
        throw new BasinlabError('xla', 'a kernel of its table (docs/kernels.md)', `${kernelName} (${reason})`, {
          remedy: 'Run this part on another backend: await tf.setBackend("cpu")',
        });
      },
    });
  }
}
