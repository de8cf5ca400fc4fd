import { buildNetwork, type Architecture, type Network } from '@basinlab/core';
import { childKey, keyFromSeed, normal, uniform } from '@basinlab/core/random';
import { standard } from '@basinlab/models-asymmetric';
import type { StackedModel } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';

export type StackedNetwork = StackedModel & { readonly network: Network };

/** A model with every parameter away from where it starts, and running statistics of its own. */
export function stackedModel(architecture: Architecture, options: object, seed: number): StackedNetwork {
  const network = buildNetwork({ architecture, options, breaking: standard });
  const own = keyFromSeed(seed);
  const around = network.init({ initKey: own, constantsKey: own });
  const params = Object.fromEntries(
    Object.entries(around.params).map(([name, tensor]) => [
      name,
      tf.add(tensor, tf.tensor(normal(childKey(own, name), tensor.size, { deviation: 0.4 }), tensor.shape)),
    ]),
  );
  const state = Object.fromEntries(
    Object.entries(around.state).map(([name, tensor]) => [
      name,
      tf.tensor(uniform(childKey(own, name), tensor.size, { min: 0.5, max: 2 }), tensor.shape),
    ]),
  );
  const stacks = architecture.stacks!(architecture.options.parse(options));
  return { network, params, state, stacks, specs: network.params, stateSpecs: network.state };
}
