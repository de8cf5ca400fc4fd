import { demand } from '../errors.js';
import type { Key } from './key.js';
import { foldIn } from './key.js';
import { normal } from './normal.js';
import { uniform } from './uniform.js';

/**
 * A point of the simplex: numbers of sum 1, as many as `concentrations`, from their Dirichlet distribution, as gamma variates over their sum. Float64.
 * @throws BasinlabError for fewer than two concentrations, or one that is not positive
 */
export function dirichlet(key: Key, concentrations: readonly number[]): Float64Array {
  const valid = concentrations.length >= 2 && concentrations.every((concentration) => concentration > 0 && concentration < Infinity);
  demand(valid, 'dirichlet', 'at least two positive concentrations', concentrations);
  const logs = concentrations.map((concentration, at) => logGamma(foldIn(key, at), concentration));
  // Small concentrations give variates below the least number: only their logarithms can be compared.
  const most = Math.max(...logs);
  const shares = Float64Array.from(logs, (log) => Math.exp(log - most));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/**
 * Logarithm of a gamma variate of unit scale: by rejection for shapes of at least 1, and below from that of one more, times u^(1 / shape).
 * Marsaglia and Tsang 2000, "A simple method for generating gamma variables".
 */
function logGamma(key: Key, shape: number): number {
  if (shape < 1) {
    const boost = Math.log(1 - uniform(foldIn(key, 0), 1)[0]!) / shape;
    return logGamma(foldIn(key, 1), shape + 1) + boost;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let attempt = 0; ; attempt++) {
    const own = foldIn(key, attempt);
    const x = normal(own, 1)[0]!;
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - uniform(foldIn(own, 1), 1)[0]!;
    if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return Math.log(d * v);
  }
}
