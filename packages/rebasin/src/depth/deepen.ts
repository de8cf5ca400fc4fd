import { BasinlabError, demand, type LayerStack, type ParamSpec, type StateSpec, type Tensors } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { identityCost, layerSpectra, spectralCost, type LayerSpectra } from './layer-spectra.js';
import { matchLayers } from './match-layers.js';

/** A model and what its layers are. */
export interface StackedModel {
  readonly specs: readonly ParamSpec[];
  readonly stateSpecs: readonly StateSpec[];
  readonly stacks: readonly LayerStack[];
  readonly params: Tensors;
  readonly state: Tensors;
}

/** A model with the layers of a deeper one. */
export interface DeepenedModel {
  /** New tensors, under the names of the deeper model. */
  readonly params: Tensors;
  readonly state: Tensors;
  /** For each layer of the deeper model that of the other in its place; null for one that passes on what it is given. */
  readonly layers: Readonly<Record<string, string | null>>;
}

/**
 * Brings a model to the depth of another with its function as it is, exactly: layers are matched in order, stack by stack, and in the places of those that are left stand layers that pass on what they
 * are given. What nothing says of these is 0, or where it starts if that is no matter of chance. Costs are from weights alone and see neither permutations nor rotations, which are found
 * afterwards: see `spectralCost`.
 * @throws BasinlabError where the layers of the first cannot take in those of the second, or no layer passes on what it is given
 */
export async function deepen(deep: StackedModel, shallow: StackedModel): Promise<DeepenedModel> {
  demand(deep.stacks.length === shallow.stacks.length, 'deepen', `${deep.stacks.length} stacks of layers`, shallow.stacks.length);
  const layers: Record<string, string | null> = {};
  for (const [at, stack] of deep.stacks.entries()) {
    const partners = await partnersIn(stack, shallow.stacks[at]!, deep, shallow);
    stack.layers.forEach((layer, i) => (layers[layer] = partners[i] ?? null));
  }
  const identities = new Map(deep.stacks.flatMap(({ layers: own, identity }) => own.map((layer) => [layer, identity] as const)));
  const layerOf = (name: string): string | undefined => Object.keys(layers).find((layer) => name.startsWith(`${layer}.`));
  const tensorsOf = (specs: readonly (ParamSpec | StateSpec)[], from: Tensors): Tensors =>
    Object.fromEntries(
      specs.map((spec) => {
        const layer = layerOf(spec.name);
        const partner = layer === undefined ? undefined : layers[layer];
        if (layer !== undefined && partner === null)
          return [spec.name, passingOn(spec, spec.name.slice(layer.length + 1), identities.get(layer)!)];
        const source = layer === undefined ? spec.name : `${partner!}${spec.name.slice(layer.length)}`;
        demand(from[source] !== undefined, 'deepen', `a tensor ${source} in the shallower model`, 'none');
        return [spec.name, tf.clone(from[source]!)];
      }),
    );
  return { params: tensorsOf(deep.specs, shallow.params), state: tensorsOf(deep.stateSpecs, shallow.state), layers };
}

/** Names of the layers of one stack that stand in the places of those of a deeper one. */
async function partnersIn(deep: LayerStack, shallow: LayerStack, of: StackedModel, other: StackedModel): Promise<(string | null)[]> {
  const [n, m] = [deep.layers.length, shallow.layers.length];
  const remedy = 'Name the deeper model first.';
  demand(m <= n, 'deepen', `at most ${n} layers in a stack of the second model`, m, remedy);
  if (n === m) return [...shallow.layers];
  const { identity, front = 0, end = 0 } = deep;
  if ('never' in identity)
    throw new BasinlabError(
      'deepen',
      'layers that can pass on exactly what they are given',
      `layers ${deep.layers[0]!}, ...: ${identity.never}`,
    );
  const all = (layers: readonly string[], { specs, params }: StackedModel) =>
    Promise.all(layers.map((layer) => layerSpectra(layer, specs, params)));
  const [a, b] = [await all(deep.layers, of), await all(shallow.layers, other)];
  const mustPair = (i: number): boolean => i < front || i >= n - end;
  const isSame = (i: number, j: number): boolean => shapesOf(deep.layers[i]!, of.specs) === shapesOf(shallow.layers[j]!, other.specs);
  // Layers at the ends are partners of each other.
  const isPair = (i: number, j: number): boolean => {
    if (i < front || j < front) return i === j;
    if (i >= n - end || j >= m - end) return n - i === m - j;
    return isSame(i, j);
  };
  const pairs = a.map((left, i) => b.map((right, j) => (isPair(i, j) ? costOf(left, right, isSame(i, j)) : Infinity)));
  const alone = a.map((left, i) =>
    mustPair(i) || !isSquare(deep.layers[i]!, of.specs, identity) ? Infinity : identityCost(left, identity),
  );
  const partners = matchLayers({ pairs, alone });
  if (partners === null)
    throw new BasinlabError(
      'deepen',
      `layers as wide as ${n} of the first model, with layers between that pass on what they are given`,
      `${m} others`,
      {
        remedy: 'A layer that is left out must be as wide as the one before it.',
      },
    );
  return partners.map((partner) => (partner === null ? null : shallow.layers[partner]!));
}

/** Layers of other shapes are widened afterwards, where the architecture can. */
const costOf = (a: LayerSpectra, b: LayerSpectra, isSame: boolean): number => (isSame ? spectralCost(a, b) : 0);

const shapesOf = (layer: string, specs: readonly ParamSpec[]): string =>
  JSON.stringify(specs.filter(({ name }) => name.startsWith(`${layer}.`)).map(({ name, shape }) => [name.slice(layer.length), shape]));

/** Whether what has to be the identity is a square matrix. */
const isSquare = (layer: string, specs: readonly ParamSpec[], identity: Readonly<Record<string, 'zeros' | 'identity'>>): boolean =>
  specs.every(({ name, shape }) => {
    const what = name.startsWith(`${layer}.`) ? identity[name.slice(layer.length + 1)] : undefined;
    return what !== 'identity' || (shape.length === 2 && shape[0] === shape[1]);
  });

/** The tensor that a layer has where it passes on what it is given. */
function passingOn({ shape, init }: ParamSpec | StateSpec, part: string, identity: LayerStack['identity']): tf.Tensor {
  const what = 'never' in identity ? undefined : (identity as Readonly<Record<string, 'zeros' | 'identity'>>)[part];
  if (what === 'identity') return tf.eye(shape[0]!);
  const start = typeof init === 'number' ? init : init.kind === 'ones' ? 1 : 0;
  return tf.fill([...shape], what === undefined ? start : 0);
}
