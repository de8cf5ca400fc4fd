import { sampleRankCorrelation } from 'simple-statistics';

/** Spearman's rank correlation and its 95% interval by Fisher's transformation with the variance of Bonett and Wright (2000). */
export function rankCorrelation(x: readonly number[], y: readonly number[]): { rho: number; low: number; high: number } {
  const rho = sampleRankCorrelation([...x], [...y]);
  const half = 1.96 * Math.sqrt((1 + rho ** 2 / 2) / (x.length - 3));
  return { rho, low: Math.tanh(Math.atanh(rho) - half), high: Math.tanh(Math.atanh(rho) + half) };
}
