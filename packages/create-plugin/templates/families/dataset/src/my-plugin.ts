import type { Dataset, Split } from '@basinlab/core';
import { childKey, keyFromSeed, normal, uniform } from '@basinlab/core/random';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

const count = z.number().int().positive();
const options = z.strictObject({
  train: count.default(512),
  validation: count.default(128),
  test: count.default(128),
  /** Arms of the spiral, and thereby classes. */
  arms: z.number().int().min(2).default(3),
  /** Standard deviation of the noise on both coordinates. */
  noise: z.number().nonnegative().default(0.05),
  seed: z.number().int().default(0),
});

/** Points of a spiral in the plane: [samples, 2], class of sample i: i modulo `arms`. */
export const myPluginDataset: Dataset<z.output<typeof options>> = {
  id: 'my-plugin',
  summary: 'Arms of a spiral in the plane, made from a seed',
  options,
  status: async () => ({ available: true, where: 'made in memory' }),
  async load({ arms, noise, seed, ...sizes }) {
    const part = (name: keyof typeof sizes): Split => {
      const samples = sizes[name];
      const key = childKey(keyFromSeed(seed), name);
      const [along, jitter] = [uniform(childKey(key, 'along'), samples), normal(childKey(key, 'noise'), 2 * samples, { deviation: noise })];
      const inputs = jitter.map((offset, at) => {
        const sample = Math.floor(at / 2);
        const radius = along[sample]!;
        const angle = 2 * Math.PI * (radius + (sample % arms) / arms);
        return offset + radius * (at % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
      });
      return {
        inputs: tf.tensor2d(inputs, [samples, 2]),
        labels: tf.tensor1d(
          Int32Array.from({ length: samples }, (_, i) => i % arms),
          'int32',
        ),
      };
    };
    const parts = { train: part('train'), validation: part('validation'), test: part('test') };
    return {
      ...parts,
      classes: arms,
      inputShape: [2],
      dispose: () => tf.dispose(Object.values(parts).flatMap(({ inputs, labels }) => [inputs, labels])),
    };
  },
};
