import type { Network, Tensors, Variables } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';

/** The standard form of trained variables as tensors of their own, which the caller disposes. */
export function standardVariables(network: Network, variables: Variables): Variables {
  const own = (tensors: Tensors, shared: Tensors): Tensors =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor === shared[name] ? tf.clone(tensor) : tensor]));
  const standard = () => {
    const { params, state, constants } = network.toStandard(variables);
    return { params: own(params, variables.params), state: own(state, variables.state), constants: own(constants, variables.constants) };
  };
  return tf.tidy(standard);
}
