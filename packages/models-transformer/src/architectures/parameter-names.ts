import type { Tensors } from '@basinlab/core';

/** Names of the blocks of a model in circuit form, in order. */
export const blockNames = (params: Tensors): string[] =>
  Object.keys(params).flatMap((name) => (name.endsWith('.attention.qk') ? [name.slice(0, -'.attention.qk'.length)] : []));

/** What reads the residual stream in an MLP: the layer whose activation gates, where there is one, and the other. */
export const gateAndIn = (params: Tensors, mlp: string): string[] =>
  [`${mlp}.gate`, `${mlp}.in`].filter((name) => params[`${name}.weight`] !== undefined);
