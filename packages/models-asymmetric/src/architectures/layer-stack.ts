import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { ApplyContext, Architecture, ParamSpec, StateSpec, GroupAxis, LayerStack as Stack, Tensors } from '@basinlab/core';
import { applyLinear, linearParams } from './linear.js';
import type { LinearPlace } from './linear.js';
import { applyNorm, normParams, normState } from './norm.js';
import type { NormPlace, norms } from './norm.js';
import { readsOf } from './reads-of.js';

// Hidden layer i: linear -> norm -> activation, under `layers.i`; the last layer is linear only. The units of hidden layer i can be
// exchanged as long as the columns of layer i + 1 follow: the symmetry group `layers.i`. Without a norm, ReLU lets units be scaled as well, and no activation any map.

const count = z.number().int().positive();

/** Options that every stack of dense layers has. */
export const layerStackFields = {
  /** Entries of one input. */
  inputs: count,
  /** Units of each hidden layer. */
  widths: z.array(count),
  /** Classes. */
  outputs: count,
  /** Whether norms have a trained gain and offset. */
  affine: z.boolean().default(true),
  activation: z.enum(['relu', 'gelu', 'identity']).default('gelu'),
};

export interface LayerStack {
  readonly inputs: number;
  readonly widths: readonly number[];
  readonly outputs: number;
  readonly norm: (typeof norms)[number];
  readonly affine: boolean;
  readonly activation: 'relu' | 'gelu' | 'identity';
}

function axisOf({ norm, activation }: Pick<LayerStack, 'norm' | 'activation'>, layer: number): GroupAxis {
  const axis = { group: `layers.${layer}` };
  if (norm !== 'none' || activation === 'gelu') return axis;
  return { ...axis, kind: activation === 'relu' ? 'scaled-permutation' : 'invertible' };
}

function linearPlaces(o: LayerStack): LinearPlace[] {
  const { inputs, widths, outputs } = o;
  const sizes = [inputs, ...widths, outputs];
  return sizes.slice(1).map((size, layer) => ({
    name: `layers.${layer}.linear`,
    inputs: sizes[layer]!,
    outputs: size,
    inputAxis: layer === 0 ? null : readsOf(axisOf(o, layer - 1)),
    outputAxis: layer === widths.length ? null : axisOf(o, layer),
  }));
}

function normPlace(o: LayerStack, layer: number): NormPlace {
  const { widths, norm, affine } = o;
  const [name, weight] = [`layers.${layer}.norm`, `layers.${layer}.linear.weight`];
  return { name, weight, units: widths[layer]!, axis: axisOf(o, layer), kind: norm, affine };
}

export const layerStackParams = (o: LayerStack): ParamSpec[] =>
  linearPlaces(o).flatMap((place, layer) => [...linearParams(place), ...(layer < o.widths.length ? normParams(normPlace(o, layer)) : [])]);

export const layerStackState = (o: LayerStack): StateSpec[] => o.widths.flatMap((_, layer) => normState(normPlace(o, layer)));

export const layerStackActivations = (o: LayerStack): ReturnType<Architecture['activations']> =>
  o.widths.map((units, layer) => ({ layer: `layers.${layer}`, units, axis: axisOf(o, layer) }));

/** All layers: the first reads the inputs, the last gives the outputs; between them a layer can be the identity, which ReLU leaves as it is where a ReLU has been before. */
export function layerStacks({ widths, norm, activation }: LayerStack): readonly Stack[] {
  const layers = [...widths, 0].map((_, layer) => `layers.${layer}`);
  const never =
    norm !== 'none' ? `the norm ${norm} changes what it is given` : activation === 'gelu' ? 'GELU changes what it is given' : undefined;
  const identity = { 'linear.weight': 'identity', 'linear.bias': 'zeros' } as const;
  return [{ layers, front: 1, end: 1, identity: never === undefined ? identity : { never } }];
}

/** Units go through what belongs to each of them alone, but for a norm over the units of a layer. */
export const layerStackSplits = ({ norm }: Pick<LayerStack, 'norm'>): ReturnType<NonNullable<Architecture['splits']>> =>
  norm === 'layer' || norm === 'layer-linear' ? { never: `the norm ${norm} is taken over all units of a layer` } : true;

/** Widths of a stack with the layers of a deeper one: where it has none, as many units as in the layer before. */
export function widthsWithLayersOf(
  wide: Pick<LayerStack, 'inputs' | 'widths' | 'outputs'>,
  deep: Pick<LayerStack, 'widths'>,
  layers: Readonly<Record<string, string | null>>,
): number[] {
  const [units, widths]: [number[], number[]] = [[...wide.widths, wide.outputs], []];
  for (const index of deep.widths.keys()) {
    const partner = layers[`layers.${index}`];
    widths.push(typeof partner === 'string' ? units[Number(partner.slice('layers.'.length))]! : (widths.at(-1) ?? wide.inputs));
  }
  return widths;
}

/** Hidden layer `index` of `h` [batch, inputs of the layer] -> [batch, units]. */
export function applyHiddenLayer(o: LayerStack, index: number, params: Tensors, h: Tensor, context: ApplyContext): Tensor {
  const layer = `layers.${index}`;
  const linear = applyTapped(layer, index, layer, params, h, context);
  const normal = applyNorm(normPlace(o, index), params, linear, context);
  context.tap({ layer, site: 'post-norm', group: layer }, normal);
  const active = context.activate(layer, normal);
  context.tap({ layer, site: 'post-activation', group: layer }, active);
  return active;
}

/** The last layer: `h` [batch, units] -> logits [batch, outputs]. */
export const applyOutputLayer = ({ widths }: LayerStack, params: Tensors, h: Tensor, context: ApplyContext): Tensor =>
  applyTapped(`layers.${widths.length}`, widths.length, null, params, h, context);

function applyTapped(layer: string, index: number, group: string | null, params: Tensors, h: Tensor, context: ApplyContext): Tensor {
  context.tap({ layer, site: 'input', group: index === 0 ? null : `layers.${index - 1}` }, h);
  const linear = applyLinear(`${layer}.linear`, params, h);
  context.tap({ layer, site: 'post-linear', group }, linear);
  return linear;
}
