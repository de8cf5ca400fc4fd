import { childKey, foldIn, keyFromSeed } from '@basinlab/tensor/random';
import type { Key } from '@basinlab/tensor/random';

/** Keys of one model: for its start, the order of its data, the random changes of its batches, and what dropout leaves out. */
export interface ModelKeys {
  readonly init: Key;
  readonly order: Key;
  readonly augment: Key;
  readonly dropout: Key;
}

/** Seeds of a population. Masks and other constants are shared; the other roles belong to each model. */
export interface PopulationKeys {
  readonly constants: Key;
  readonly models: readonly ModelKeys[];
}

/** Keys of `models` models from one seed, or from a seed per role and model where given. */
export function populationKeys(
  seed: number,
  models: number,
  given: { constants?: number } & { readonly [Role in keyof ModelKeys]?: readonly number[] } = {},
): PopulationKeys {
  const root = keyFromSeed(seed);
  const roleKey = (role: string, model: number, seeds: readonly number[] | undefined): Key =>
    seeds?.[model] === undefined ? foldIn(childKey(root, role), model) : childKey(keyFromSeed(seeds[model]), role);
  return {
    constants: given.constants === undefined ? childKey(root, 'constants') : childKey(keyFromSeed(given.constants), 'constants'),
    models: Array.from({ length: models }, (_, model) => ({
      init: roleKey('init', model, given.init),
      order: roleKey('order', model, given.order),
      augment: roleKey('augment', model, given.augment),
      dropout: roleKey('dropout', model, given.dropout),
    })),
  };
}
