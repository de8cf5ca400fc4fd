import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, demand, initializeState } from '@basinlab/core';
import type { Network, Tensors, Variables } from '@basinlab/core';
import { fromReferenceTensors, mlp, sigma, standard, syre, w } from '@basinlab/models-asymmetric';
import type { PerLayer } from '@basinlab/models-asymmetric';
import { z } from 'zod';
import type { GoldenFixture, GoldenTensor } from '../contract.js';

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

/** Our network for an MLP of the reference, and its variables from the fixture's inputs that start with `prefix`. */
export function referenceMlp(fixture: GoldenFixture, prefix = ''): { network: Network; variables: Variables } {
  const p = description.parse(fixture.parameters);
  const options = {
    inputs: p.input_dim,
    widths: Array.from({ length: p.num_layers - 1 }, () => p.hidden_dim),
    outputs: p.output_dim,
    norm: p.norm === null ? 'none' : norms[p.norm],
    affine: p.elementwise_affine,
    activation: p.activation === 'asym_swiglu' ? 'gelu' : p.activation,
  } as const;
  const network = {
    0: () => buildNetwork({ architecture: mlp, options, breaking: standard }),
    1: () => buildNetwork({ architecture: mlp, options, breaking: w, breakingOptions: { fixedPerUnit: 1 } }),
    2: () => buildNetwork({ architecture: mlp, options, breaking: sigma }),
    3: () => buildNetwork({ architecture: mlp, options, breaking: syre }),
  }[p.symmetry]();
  return { network, variables: referenceVariables(network, fixture.inputs, prefix, p.mask_constant_per_layer ?? p.mask_constant ?? 1) };
}

function referenceVariables(network: Network, inputs: GoldenFixture['inputs'], prefix: string, fixedScale: PerLayer): Variables {
  const given = Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), asTensor(tensor)]),
  );
  const variables = fromReferenceTensors(given, { fixedScale });
  for (const spec of network.state) variables.state[spec.name] ??= initializeState(spec, variables.constants);
  for (const spec of network.params) demand(variables.params[spec.name] !== undefined, 'golden', `a value of ${spec.name}`, 'none');
  return variables;
}

/** A fixture's tensor on the current backend; float64 becomes float32. */
export function asTensor({ data, shape, dtype }: GoldenTensor): tf.Tensor {
  return dtype === 'int32'
    ? tf.tensor(Int32Array.from(data), [...shape], 'int32')
    : tf.tensor(Float32Array.from(data), [...shape], 'float32');
}

/** Host values of some tensors under new names; names that map to null are left out. */
export async function valuesUnder(tensors: Tensors, rename: (name: string) => string | null): Promise<Record<string, ArrayLike<number>>> {
  const named = Object.entries(tensors).flatMap(([name, tensor]): [string, tf.Tensor][] => {
    const renamed = rename(name);
    return renamed === null ? [] : [[renamed, tensor]];
  });
  return Object.fromEntries(await Promise.all(named.map(async ([name, tensor]) => [name, await tensor.data()] as const)));
}
