import type { EmbeddingFamily } from './settings.js';
import type { SyntheticCoherenceRow } from './synthetic-coherence.js';

/** A family at a spread: mean and deviation over its pairs. */
export interface SyntheticCoherenceMean {
  readonly family: EmbeddingFamily;
  readonly spread: number;
  readonly coherence: number;
  readonly meanMidpointBarrier: number;
  /** Standard deviation of the sample (divided by one less than the count); 0 for one pair. */
  readonly deviation: number;
  /** Of every pair of every outer seed. */
  readonly midpointBarriers: readonly number[];
}

/** The barriers of every family and spread over all pairs of all outer seeds, as the reference reports them. */
export function aggregateCoherence(rows: readonly SyntheticCoherenceRow[]): SyntheticCoherenceMean[] {
  const groups = new Map<string, SyntheticCoherenceRow[]>();
  for (const row of rows) {
    const key = `${row.family} ${row.spread}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((own): SyntheticCoherenceMean => {
    const { family, spread, coherence } = own[0]!;
    const midpointBarriers = own.map(({ midpointBarrier }) => midpointBarrier);
    const count = midpointBarriers.length;
    const mean = midpointBarriers.reduce((sum, value) => sum + value / count, 0);
    const squares = midpointBarriers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return {
      family,
      spread,
      coherence,
      meanMidpointBarrier: mean,
      deviation: count < 2 ? 0 : Math.sqrt(squares / (count - 1)),
      midpointBarriers,
    };
  });
}
