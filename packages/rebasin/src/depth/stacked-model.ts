import type { LayerStack, ParamSpec, StateSpec, Tensors } from '@basinlab/core';

/** Sizes of a model and what its layers are. */
export interface StackedSpecs {
  readonly specs: readonly ParamSpec[];
  readonly stateSpecs: readonly StateSpec[];
  readonly stacks: readonly LayerStack[];
}

/** A model and what its layers are. */
export interface StackedModel extends StackedSpecs {
  readonly params: Tensors;
  readonly state: Tensors;
}

/** For each layer of the deeper of two models that of the other in its place; null where one that passes on what it is given stands there. */
export type LayerPartners = Readonly<Record<string, string | null>>;

/** Specs of one layer, by what follows its name. */
export const partsOf = <S extends { readonly name: string }>(layer: string, specs: readonly S[]): ReadonlyMap<string, S> =>
  new Map(specs.flatMap((spec) => (spec.name.startsWith(`${layer}.`) ? [[spec.name.slice(layer.length + 1), spec]] : [])));

/** The layer that a name belongs to, itself or behind a dot. */
export const layerOf = (name: string, layers: Iterable<string>): string | undefined => {
  for (const layer of layers) if (name === layer || name.startsWith(`${layer}.`)) return layer;
  return undefined;
};
