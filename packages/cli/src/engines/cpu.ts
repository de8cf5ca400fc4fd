import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '@basinlab/core';
import { greetUnheard } from './hidden-banner.js';

/** TensorFlow.js in plain JavaScript: runs anywhere, slowly. */
export const cpuEngine: Engine = {
  id: 'cpu',
  summary: 'TensorFlow.js in plain JavaScript; needs nothing, slowest',
  status: async () => ({ available: true, detail: 'always' }),
  start: async () => {
    const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    greetUnheard();
    return { id: 'cpu', backend: 'cpu', platform: 'cpu', details: { version } };
  },
};
