import type { Engine } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';

/** TensorFlow.js' backend in plain JavaScript: put a backend of your own in its place. */
export const myPluginEngine: Engine = {
  id: 'my-plugin',
  summary: 'plain JavaScript',
  // What the machine lacks is said here, with what to do about it: `start` is called only where this says that it is available.
  status: async () => ({ available: true, detail: `TensorFlow.js ${tf.version_core}` }),
  async start() {
    // Loaded when it is wanted: a list of engines needs none of them.
    const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    await tf.ready();
    return { id: 'my-plugin', backend: 'cpu', platform: 'cpu', details: { version } };
  },
};
