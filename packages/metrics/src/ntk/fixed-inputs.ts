import * as tf from '@tensorflow/tfjs-core';
import type { Network, Split } from '@basinlab/tensor';
import { z } from 'zod';

/** Options of measurements on a few inputs. */
export const kernelOptions = z.strictObject({
  samples: z.number().int().positive().default(200).describe('inputs, the first of the split, the same for every model and epoch'),
});

/** The first inputs of a split as the network takes them, until disposed. */
export function fixedInputs(network: Network, { inputs, nodes }: Split, samples: number): { tensor: tf.Tensor; dispose(): void } {
  const all = network.input === 'nodes' && nodes !== undefined ? nodes : inputs;
  const tensor = tf.slice(all, 0, Math.min(samples, all.shape[0]!));
  return { tensor, dispose: () => tensor.dispose() };
}
