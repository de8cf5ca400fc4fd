import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { BasinlabError } from '@basinlab/core';
import type { Key, ParamSpec, SymmetryBreaking, WeightPosition } from '@basinlab/core';
import { childKey, normal } from '@basinlab/core/random';
import { wideInitialisation } from './initialisation.js';
import { drawSubsets, enumerateSubsets, expandChannels, maskFrom } from './masks.js';
import { atLayer, perLayer } from './per-layer.js';

const positions = ['random', 'random-channels', 'densest', 'bounded', 'none'] as const;

const options = z.strictObject({
  /** Fixed weights of every unit (`random-channels`: fixed input channels), one number, one per layer or by name: see `PerLayer`. */
  fixedPerUnit: perLayer(z.number().int().nonnegative()),
  /** Deviation of the fixed weights; 0 prunes them. One number, one per layer or by name. */
  fixedScale: perLayer(z.number().nonnegative()).default(1),
  /** Factor on `fixedPerUnit`, the product cut to an integer. */
  sparsity: z.number().nonnegative().default(1),
  /**
   * Which weights of a unit are fixed. `random`: an own subset per unit. `random-channels`: whole input channels of a convolution.
   * `densest`: distinct subsets, as small as possible, the first unit free. `bounded`: distinct subsets of at least `fixedPerUnit`.
   * `none`: no weight.
   */
  positions: z.enum(positions).default('random'),
});
/** Options of `w`. */
export type WOptions = z.output<typeof options>;

/**
 * W asymmetry: every unit has its own set of weights that stay at fixed random values, so that no two units can be exchanged.
 * Effective weight = mask * raw + (1 - mask) * fixedScale * N(0, 1); biases and norms are free. arXiv 2606.04754.
 */
export const w: SymmetryBreaking<WOptions> = {
  id: 'w',
  summary: 'W asymmetry: each unit has its own fixed random weights',
  options,
  init: wideInitialisation,
  constants(spec, o, key, position) {
    if (spec.role !== 'weight') return null;
    const mask = drawMask(spec, o, childKey(key, 'mask'), position);
    const deviation = atLayer('w', 'fixedScale', o.fixedScale, position);
    const fixed = normal(childKey(key, 'fixed'), mask.length, { deviation });
    const shift = fixed.map((value, index) => (mask[index] === 0 ? value : 0));
    return { scale: tf.tensor(mask, [...spec.shape]), shift: tf.tensor(shift, [...spec.shape]) };
  },
};

function drawMask(spec: ParamSpec, o: WOptions, key: Key, position: WeightPosition): Float32Array<ArrayBuffer> {
  const [outputs = 1, channels = 1, ...kernel] = spec.shape;
  const taps = kernel.reduce((product, length) => product * length, 1);
  const fanIn = channels * taps;
  const size = o.positions === 'random-channels' ? channels : fanIn;
  const count = Math.trunc(atLayer('w', 'fixedPerUnit', o.fixedPerUnit, position) * o.sparsity);
  if (count >= size) {
    throw new BasinlabError('w', `fixedPerUnit times sparsity must be below the ${size} inputs of ${spec.name}`, count, { exitCode: 2 });
  }
  switch (o.positions) {
    case 'random':
      return maskFrom(drawSubsets(key, outputs, size, count), fanIn);
    case 'random-channels':
      return maskFrom(
        drawSubsets(key, outputs, size, count).map((subset) => expandChannels(subset, taps)),
        fanIn,
      );
    case 'densest':
      return maskFrom(distinctSubsets(spec, o.positions, 0), fanIn);
    case 'bounded':
      return maskFrom(distinctSubsets(spec, o.positions, count), fanIn);
    case 'none':
      return new Float32Array(outputs * fanIn).fill(1);
    default:
      return o.positions satisfies never;
  }
}

function distinctSubsets({ name, shape }: ParamSpec, kind: string, smallest: number): number[][] {
  const [outputs = 1, ...inputs] = shape;
  const fanIn = inputs.reduce((product, length) => product * length, 1);
  const subsets = enumerateSubsets(outputs, fanIn, smallest).filter((subset) => subset.length < fanIn);
  if (subsets.length === outputs) return subsets;
  const requirement = `${outputs} distinct sets of fixed weights for the units of ${name} (positions ${kind})`;
  throw new BasinlabError('w', requirement, subsets.length, { exitCode: 2, remedy: 'Make the network wider, or set positions to random' });
}
