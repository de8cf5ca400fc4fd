import { childKey, foldIn, keyFromSeed } from '../random/index.js';
import type { Key } from '../random/index.js';

/** Seeds of a population. Masks and other constants are shared; the start and the order of the data belong to each model. */
export interface PopulationKeys {
  readonly constants: Key;
  readonly models: readonly { readonly init: Key; readonly order: Key }[];
}

/** Keys of `models` models from one seed, or from a seed per role and model where given. */
export function populationKeys(
  seed: number,
  models: number,
  given: { constants?: number; init?: readonly number[]; order?: readonly number[] } = {},
): PopulationKeys {
  const root = keyFromSeed(seed);
  const roleKey = (role: string, model: number, seeds: readonly number[] | undefined): Key =>
    seeds?.[model] === undefined ? foldIn(childKey(root, role), model) : childKey(keyFromSeed(seeds[model]), role);
  return {
    constants: given.constants === undefined ? childKey(root, 'constants') : childKey(keyFromSeed(given.constants), 'constants'),
    models: Array.from({ length: models }, (_, model) => ({
      init: roleKey('init', model, given.init),
      order: roleKey('order', model, given.order),
    })),
  };
}
