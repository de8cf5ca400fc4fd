import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from '@basinlab/core';
import type { Network, Tensors, Variables } from '@basinlab/core';
import { mlp, sigma, standard, syre, w } from '@basinlab/models-asymmetric';
import { z } from 'zod';
import type { GoldenFixture } from '../contract.js';
import { referenceVariables } from './reference-variables.js';

/** The part of a fixture's parameters that describes an MLP of the reference. */
const description = z.object({
  symmetry: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  norm: z.enum(['layer', 'batch', 'layer_linear', 'batch_linear']).nullable(),
  activation: z.enum(['gelu', 'relu', 'identity', 'asym_swiglu']),
  elementwise_affine: z.boolean().default(true),
  input_dim: z.number(),
  hidden_dim: z.number(),
  output_dim: z.number(),
  num_layers: z.number(),
  mask_constant: z.number().optional(),
  mask_constant_per_layer: z.array(z.number()).optional(),
});

const norms = { layer: 'layer', batch: 'batch', layer_linear: 'layer-linear', batch_linear: 'batch-linear' } as const;

/**
 * Our network for an MLP of the reference, and its variables from the fixture's inputs that start with `prefix`. Call it inside `tf.tidy`.
 */
export function referenceMlp(fixture: GoldenFixture, prefix = ''): { network: Network; variables: Variables } {
  const p = description.parse(fixture.parameters);
  const options = {
    inputs: p.input_dim,
    widths: Array.from({ length: p.num_layers - 1 }, () => p.hidden_dim),
    outputs: p.output_dim,
    norm: p.norm === null ? 'none' : norms[p.norm],
    affine: p.elementwise_affine,
    // A sigma network replaces whatever activation stands here.
    activation: p.activation === 'asym_swiglu' ? 'gelu' : p.activation,
  } as const;
  const network = {
    0: () => buildNetwork({ architecture: mlp, options, breaking: standard }),
    1: () => buildNetwork({ architecture: mlp, options, breaking: w, breakingOptions: { fixedPerUnit: 1 } }),
    2: () => buildNetwork({ architecture: mlp, options, breaking: sigma }),
    3: () => buildNetwork({ architecture: mlp, options, breaking: syre }),
  }[p.symmetry]();
  return { network, variables: referenceVariables(network, fixture, prefix, p.mask_constant_per_layer ?? p.mask_constant ?? 1) };
}

/** The tensors under new names; names that map to null are left out. */
export function renamed(tensors: Tensors, rename: (name: string) => string | null): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) => {
      const other = rename(name);
      return other === null ? [] : [[other, tensor]];
    }),
  );
}

/** Host values of what `compute` returns; everything it made is released. */
export async function hostValues(compute: () => Tensors): Promise<Record<string, ArrayLike<number>>> {
  const tensors = tf.tidy(compute);
  const entries = Object.entries(tensors).map(async ([name, tensor]) => [name, await tensor.data()] as const);
  const values = Object.fromEntries(await Promise.all(entries));
  tf.dispose(tensors);
  return values;
}
