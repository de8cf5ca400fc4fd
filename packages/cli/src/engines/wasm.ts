import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, type Engine } from '@basinlab/core';
import { greetUnheard } from './hidden-banner.js';
import { addMissingKernels } from './wasm-kernels.js';

/** TensorFlow.js on WebAssembly (SIMD). Kernels it lacks run on the `cpu` backend. */
export const wasmEngine: Engine = {
  id: 'wasm',
  summary: 'TensorFlow.js on WebAssembly; needs nothing, several times faster than cpu',
  status: async () => ({ available: true, detail: 'always' }),
  start: async () => {
    const [{ version_wasm: version }] = await Promise.all([
      import('@tensorflow/tfjs-backend-wasm'),
      import('@tensorflow/tfjs-backend-cpu'),
    ]);
    await tf.setBackend('cpu');
    greetUnheard();
    if (!(await tf.setBackend('wasm')))
      throw new BasinlabError('wasm', 'a WebAssembly backend that starts', 'a failure', { remedy: 'Use --engine cpu' });
    const delegated = addMissingKernels();
    return { id: 'wasm', backend: 'wasm', platform: 'cpu', details: { version, kernelsOnCpu: delegated.length } };
  },
};
