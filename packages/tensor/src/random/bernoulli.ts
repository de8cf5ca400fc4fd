import { demand } from '../errors.js';
import type { Key } from './key.js';
import { uniform } from './uniform.js';

/** `size` draws of 0 or 1, each 1 with the given probability in [0, 1], as `jax.random.bernoulli(key, probability, [size])`. */
export function bernoulli(key: Key, size: number, probability: number): Uint8Array {
  checkProbability(probability);
  const threshold = Math.fround(probability);
  return Uint8Array.from(uniform(key, size), (value) => (value < threshold ? 1 : 0));
}

/** Refuses what is not in [0, 1]. */
export function checkProbability(probability: number): void {
  demand(probability >= 0 && probability <= 1, 'bernoulli', 'a probability in [0, 1]', probability);
}
