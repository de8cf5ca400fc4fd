import { accuracyBarrier } from '@basinlab/metrics/barrier';
import { isLinear } from '@basinlab/metrics/linearity';
import type { GoldenCheck } from '../contract.js';

/** Accuracy barrier and linearity of given curves. */
export const barrierLinearity: GoldenCheck = {
  kinds: ['barrier_linearity'],
  async compute({ inputs }) {
    const got: Record<string, ArrayLike<number>> = {};
    for (const [name, { data }] of Object.entries(inputs)) {
      const number = name.replace('curve', '');
      got[`barrier${number}`] = [accuracyBarrier(data)];
      got[`linearity${number}`] = [isLinear(data) ? 1 : 0];
    }
    return got;
  },
};
