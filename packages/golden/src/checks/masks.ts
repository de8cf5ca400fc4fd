import { enumerateSubsets, expandChannels, maskFrom } from '@basinlab/models-asymmetric';
import { z } from 'zod';
import type { GoldenCheck, GoldenTensor } from '../contract.js';
import { inputOf } from '../inputs.js';

const description = z.object({
  conv: z.object({ in_channels: z.number(), out_channels: z.number(), kernel: z.number(), num_fixed: z.number() }),
  linear: z.object({ in_dim: z.number(), out_dim: z.number() }),
});

/** Masks of every kind; the random subsets are given. */
export const masksCheck: GoldenCheck = {
  kinds: ['masks'],
  compute(fixture) {
    const { conv, linear } = description.parse(fixture.parameters);
    const taps = conv.kernel ** 2;
    const fanIn = conv.in_channels * taps;
    const drawn = (name: string): number[][] => rows(inputOf(fixture, `${name}.drawn`));
    return Promise.resolve({
      'conv.densest.mask': maskFrom(enumerateSubsets(conv.out_channels, fanIn, 0), fanIn),
      'conv.bound_zeros.mask': maskFrom(enumerateSubsets(conv.out_channels, fanIn, conv.num_fixed), fanIn),
      'conv.random_subsets.mask': maskFrom(drawn('conv.random_subsets'), fanIn),
      'conv.filter_random_subsets.mask': maskFrom(
        drawn('conv.filter_random_subsets').map((channels) => expandChannels(channels, taps)),
        fanIn,
      ),
      'conv.none.mask': maskFrom(
        Array.from({ length: conv.out_channels }, () => []),
        fanIn,
      ),
      'linear.random_subsets.mask': maskFrom(drawn('linear.random_subsets'), linear.in_dim),
    });
  },
};

function rows({ shape, data }: GoldenTensor): number[][] {
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width)));
}
