import { demand, type LayerStack, type ParamSpec, type StateSpec, type Tensors } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { pairLayers } from './pair-layers.js';
import { layerOf, type LayerPartners, type StackedModel, type StackedSpecs } from './stacked-model.js';

/** A model with the layers of a deeper one. */
export interface DeepenedModel {
  /** New tensors, under the names of the deeper model. */
  readonly params: Tensors;
  readonly state: Tensors;
  /** For each layer of the deeper model that of the other in its place; null for one that passes on what it is given. */
  readonly layers: LayerPartners;
}

/**
 * Brings a model to the depth of another of the same widths with its function as it is, exactly: layers are matched in order, stack by stack, and in the places of those that are left stand layers that pass on what they
 * are given. What nothing says of these is 0, or where it starts if that is no matter of chance. Costs are from weights alone and see neither permutations nor rotations, which are found
 * afterwards: see `spectralCost`. For models of other widths too, see `enlarge`.
 * @throws BasinlabError where the layers of the first cannot take in those of the second, or no layer passes on what it is given
 */
export async function deepen(deep: StackedModel, shallow: StackedModel): Promise<DeepenedModel> {
  const layers = await pairLayers(deep, shallow);
  return { ...insertLayers(deep, shallow, layers), layers };
}

/** The tensors of a model under the names of a deeper one, whose layers without a partner pass on what they are given. */
export function insertLayers(
  deep: StackedSpecs,
  shallow: Pick<StackedModel, 'params' | 'state'>,
  layers: LayerPartners,
): { readonly params: Tensors; readonly state: Tensors } {
  const identities = new Map(deep.stacks.flatMap(({ layers: own, identity }) => own.map((layer) => [layer, identity] as const)));
  const tensorOf = (spec: ParamSpec | StateSpec, from: Tensors): tf.Tensor => {
    const layer = layerOf(spec.name, identities.keys());
    const partner = layer === undefined ? undefined : layers[layer];
    if (layer !== undefined && partner === null) return passingOn(spec, spec.name.slice(layer.length + 1), identities.get(layer)!);
    const source = layer === undefined ? spec.name : `${partner!}${spec.name.slice(layer.length)}`;
    demand(from[source] !== undefined, 'deepen', `a tensor ${source} in the shallower model`, 'none');
    demand(
      from[source]!.shape.join() === spec.shape.join(),
      source,
      `shape [${spec.shape.join(', ')}], as of ${spec.name}`,
      from[source]!.shape,
    );
    return tf.clone(from[source]!);
  };
  const tensorsOf = (specs: readonly (ParamSpec | StateSpec)[], from: Tensors): Tensors =>
    Object.fromEntries(specs.map((spec) => [spec.name, tensorOf(spec, from)]));
  return tf.tidy(() => ({ params: tensorsOf(deep.specs, shallow.params), state: tensorsOf(deep.stateSpecs, shallow.state) }));
}

/** The tensor that a layer has where it passes on what it is given. */
function passingOn({ shape, init }: ParamSpec | StateSpec, part: string, identity: LayerStack['identity']): tf.Tensor {
  const what = 'never' in identity ? undefined : (identity as Readonly<Record<string, 'zeros' | 'identity'>>)[part];
  if (what === 'identity') {
    demand(shape.length === 2 && shape[0] === shape[1], 'deepen', `a layer as wide as the one before it, to be the identity`, shape);
    return tf.eye(shape[0]!);
  }
  const start = typeof init === 'number' ? init : init.kind === 'ones' ? 1 : 0;
  return tf.fill([...shape], what === undefined ? start : 0);
}
