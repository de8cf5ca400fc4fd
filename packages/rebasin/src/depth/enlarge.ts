import type { Tensors, WidenOnto } from '@basinlab/core';
import type { Key } from '@basinlab/core/random';
import * as tf from '@tensorflow/tfjs-core';
import { canPair } from './can-pair.js';
import { deepen, insertLayers, type DeepenedModel } from './deepen.js';
import { pairLayers } from './pair-layers.js';
import { withoutLayers } from './without-layers.js';
import type { LayerPartners, StackedModel, StackedSpecs } from './stacked-model.js';

/** How units are brought to those of a wider model. */
export interface EnlargeOptions {
  /** `Architecture.widen`, or `widenUnits` where units can be split. */
  widen(params: Tensors, onto: WidenOnto): Promise<Tensors>;
  readonly key: Key;
}

/**
 * Brings a model to the depth and the widths of another, which has no fewer of anything, with its function as it is to rounding. Layers are matched first, by what neither widths nor permutations
 * nor rotations change (`productCost`); the model is then widened onto the layers that are partners, and at last layers of the wide model that pass on what they are given are put in.
 * @throws BasinlabError where the layers of the first cannot take in those of the second, no layer passes on what it is given, or `widen` refuses
 */
export async function enlarge(large: StackedModel, small: StackedModel, options: EnlargeOptions): Promise<DeepenedModel> {
  if (canPair(large, small, 'same')) return deepen(large, small);
  const layers = await pairLayers(large, small, 'deep wider');
  const onto = await withoutLayers(large, layers);
  const wide = await widened(small, onto, options).finally(() => tf.dispose([onto.params, onto.state]));
  try {
    return { ...insertLayers(large, wide, layers), layers };
  } finally {
    tf.dispose([wide.params, wide.state]);
  }
}

/** Two models of one size. */
export interface EnlargedBoth {
  /** The wider model with layers that pass on what they are given. */
  readonly wide: Pick<StackedModel, 'params' | 'state'>;
  /** The deeper model with more units. */
  readonly deep: Pick<StackedModel, 'params' | 'state'>;
  /** For each layer of the deeper model that of the wider in its place, or null. */
  readonly layers: LayerPartners;
}

/**
 * Brings two models, of which one is wider and the other deeper, to the widths of the first and the depth of the second, each with its function as it is to rounding: the wider gets layers that pass
 * on what they are given, and the deeper is then widened onto it, layer by layer.
 * @param options.sizedAs specs of a network of those sizes, by the partners that were found
 * @throws BasinlabError as {@link enlarge} does
 */
export async function enlargeBoth(
  wide: StackedModel,
  deep: StackedModel,
  { sizedAs, ...options }: EnlargeOptions & { sizedAs(layers: LayerPartners): StackedSpecs },
): Promise<EnlargedBoth> {
  const layers = await pairLayers(deep, wide, 'shallow wider');
  const specs = sizedAs(layers);
  const deepened = insertLayers(specs, wide, layers);
  try {
    return { wide: deepened, deep: await widened(deep, { ...specs, ...deepened }, options), layers };
  } catch (error) {
    tf.dispose([deepened.params, deepened.state]);
    throw error;
  }
}

/** A model at the widths of another with the same layers: new tensors. */
async function widened(
  { params, state }: StackedModel,
  { specs, stateSpecs, ...onto }: Omit<StackedModel, 'stacks'>,
  { widen, key }: EnlargeOptions,
): Promise<Pick<StackedModel, 'params' | 'state'>> {
  const all = await widen({ ...params, ...state }, { params: { ...onto.params, ...onto.state }, specs, stateSpecs, key });
  const own = (of: readonly { readonly name: string }[]): Tensors => Object.fromEntries(of.map(({ name }) => [name, all[name]!]));
  return { params: own(specs), state: own(stateSpecs) };
}
