import type { Tensors } from '@basinlab/core';

/** Names of the blocks of a model in circuit form, in order; of one with heads of queries, given the name of a `part` that all blocks have. */
export const blockNames = (params: Tensors, part = 'attention.qk'): string[] =>
  Object.keys(params).flatMap((name) => (name.endsWith(`.${part}`) ? [name.slice(0, -part.length - 1)] : []));

/** What reads the residual stream in an MLP: the layer whose activation gates, where there is one, and the other. */
export const gateAndIn = (params: Tensors, mlp: string): string[] =>
  [`${mlp}.gate`, `${mlp}.in`].filter((name) => params[`${name}.weight`] !== undefined);
