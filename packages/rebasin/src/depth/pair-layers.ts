import { BasinlabError, demand, type LayerStack } from '@basinlab/core';
import { possiblePartners, type LayerSizes } from './can-pair.js';
import { layerProducts, productCost } from './layer-products.js';
import { identityCost, layerSpectra, spectralCost } from './layer-spectra.js';
import { matchLayers } from './match-layers.js';
import type { LayerPartners, StackedModel } from './stacked-model.js';

/**
 * Partners of the layers of a model among those of another with fewer, in order, stack by stack, of least cost by their weights: see `spectralCost` for layers of the same sizes, and `productCost` for
 * those of other widths.
 * @throws BasinlabError where the layers of the first cannot take in those of the second, or no layer passes on what it is given
 */
export async function pairLayers(deep: StackedModel, shallow: StackedModel, sizes: LayerSizes = 'same'): Promise<LayerPartners> {
  demand(deep.stacks.length === shallow.stacks.length, 'deepen', `${deep.stacks.length} stacks of layers`, shallow.stacks.length);
  const layers: Record<string, string | null> = {};
  for (const [at, stack] of deep.stacks.entries()) {
    const partners = await partnersIn([stack, shallow.stacks[at]!], [deep, shallow], sizes);
    stack.layers.forEach((layer, i) => (layers[layer] = partners[i] ?? null));
  }
  return layers;
}

/** Names of the layers of one stack that stand in the places of those of a deeper one. */
async function partnersIn(
  stacks: readonly [LayerStack, LayerStack],
  [of, other]: readonly [StackedModel, StackedModel],
  sizes: LayerSizes,
): Promise<(string | null)[]> {
  const [deep, shallow] = stacks;
  const [n, m] = [deep.layers.length, shallow.layers.length];
  demand(m <= n, 'deepen', `at most ${n} layers in a stack of the second model`, m, 'Name the deeper model first.');
  if (n === m) return [...shallow.layers];
  const { identity } = deep;
  if ('never' in identity)
    throw new BasinlabError(
      'deepen',
      'layers that can pass on exactly what they are given',
      `layers ${deep.layers[0]!}, ...: ${identity.never}`,
    );
  const possible = possiblePartners(stacks, [of.specs, other.specs], sizes);
  const costs = sizes === 'same' ? await spectralCosts(stacks, [of, other], identity) : await productCosts(stacks, [of, other], identity);
  const partners = matchLayers({
    pairs: costs.pairs.map((row, i) => row.map((cost, j) => (possible.pairs[i]![j]! ? cost : Infinity))),
    alone: costs.alone.map((cost, i) => (possible.alone[i]! ? cost : Infinity)),
  });
  if (partners === null)
    throw new BasinlabError(
      'deepen',
      `layers as wide as ${n} of the first model, with layers between that pass on what they are given`,
      `${m} others`,
      { remedy: 'A layer that is left out must be as wide as the one before it.' },
    );
  return partners.map((partner) => (partner === null ? null : shallow.layers[partner]!));
}

type Identity = Readonly<Record<string, 'zeros' | 'identity'>>;

interface Costs {
  readonly pairs: readonly (readonly number[])[];
  readonly alone: readonly number[];
}

async function spectralCosts(
  stacks: readonly [LayerStack, LayerStack],
  models: readonly [StackedModel, StackedModel],
  identity: Identity,
): Promise<Costs> {
  const [a, b] = await Promise.all(
    models.map(({ specs, params }, at) => Promise.all(stacks[at]!.layers.map((layer) => layerSpectra(layer, specs, params)))),
  );
  return { pairs: a!.map((left) => b!.map((right) => spectralCost(left, right))), alone: a!.map((left) => identityCost(left, identity)) };
}

async function productCosts(
  stacks: readonly [LayerStack, LayerStack],
  models: readonly [StackedModel, StackedModel],
  identity: Identity,
): Promise<Costs> {
  const [a, b] = [await layerProducts(stacks[0].layers, models[0], identity), await layerProducts(stacks[1].layers, models[1], identity)];
  return { pairs: a.map((left) => b.map((right) => productCost(left, right))), alone: a.map((left) => left.alone) };
}
