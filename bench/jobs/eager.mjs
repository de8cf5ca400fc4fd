import { eagerWork } from '../eager-work.mjs';

/** Calls outside compiled functions, as programs for TensorFlow.js make them, beside the same program on tfjs-node. Seconds per call or training step. */
export const eagerJobs = Object.entries(eagerWork).map(([name, start]) => ({
  name,
  baselines: ['tfjs-node.mjs'],
  async prepare() {
    const { work, count, end } = start();
    return { work, count, end };
  },
}));
