import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, type Engine } from '@basinlab/core';
import { findTensorflow } from '@basinlab/xla/installer';

const missing = 'neither tfjs-node nor tfjs-node-gpu is installed in this project: basinlab engine install tensorflow';

/** TensorFlow's C library through tfjs-node: the user's own, or the one that `engine install tensorflow` builds. */
export const tensorflowEngine: Engine = {
  id: 'tensorflow',
  summary: 'TensorFlow through @tensorflow/tfjs-node or tfjs-node-gpu',
  status: async () => {
    const module = findTensorflow();
    return module === null ? { available: false, detail: missing } : { available: true, detail: module };
  },
  start: async () => {
    const module = findTensorflow();
    if (module === null) throw new BasinlabError('tensorflow', 'an engine that is installed', missing);
    // It registers its backend with the engine that all copies of tfjs-core share.
    const { version } = (await import(module)) as { version?: Readonly<Record<string, string>> };
    if (!(await tf.setBackend('tensorflow'))) throw new BasinlabError('tensorflow', 'a backend that starts', 'a failure');
    return {
      id: 'tensorflow',
      backend: 'tensorflow',
      platform: module.includes('tfjs-node-gpu') ? 'cuda' : 'cpu',
      details: { module, version: version?.['tfjs-node'] ?? 'unknown' },
    };
  },
};
