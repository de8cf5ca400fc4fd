import type { Graph, Network, Variables } from '@basinlab/core';
import { inferSymmetries, type InferSymmetriesOptions, type InferredSymmetries, type Shaped } from './infer-symmetries.js';

/**
 * {@link inferSymmetries} of a network's logits in evaluation mode, over its parameters and its state. The constants of a symmetry breaking
 * stay where they are: what is found are the symmetries that the breaking has left.
 * @param variables only the shapes of parameters and state are looked at
 * @param input one batch, for example `{ shape: [2, 784] }`
 */
export function inferNetworkSymmetries(
  network: Network,
  variables: Variables,
  input: Shaped,
  graph?: Graph,
  { kinds = false }: Pick<InferSymmetriesOptions, 'kinds'> = {},
): InferredSymmetries {
  const pick = <T>(all: Readonly<Record<string, T>>, like: object): Record<string, T> =>
    Object.fromEntries(Object.keys(like).map((name) => [name, all[name]!]));
  return inferSymmetries(
    (tensors, x) => {
      const traced = { ...variables, params: pick(tensors, variables.params), state: pick(tensors, variables.state) };
      return network.apply(traced, x!, graph === undefined ? {} : { graph }).logits;
    },
    { tensors: { ...variables.params, ...variables.state }, inputs: [input], kinds },
  );
}
