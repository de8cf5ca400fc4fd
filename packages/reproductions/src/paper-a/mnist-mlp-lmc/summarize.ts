import { groupBy, meanWithError } from '@basinlab/report';
import type { BarrierSummaryRow, PairBarrier } from './results.js';

/** Barriers averaged over pairs: a row for accuracy and one for loss per split, network and alignment, in the order of the measurements. */
export function summarize(barriers: readonly PairBarrier[]): BarrierSummaryRow[] {
  const groups = groupBy(barriers, ({ network, fixedScale, alignment, split }) => JSON.stringify([network, fixedScale, alignment, split]));
  return (['accuracy', 'loss'] as const).flatMap((of) =>
    [...groups.values()].map((group): BarrierSummaryRow => {
      const { network, fixedScale, alignment, split } = group[0]!;
      const { mean, standardError } = meanWithError(group.map((pair) => pair[of]));
      // The paper shows its barriers as curves only: it gives no number for any of these rows.
      return { quantity: 'barrier', of, split, network, fixedScale, alignment, mean, standardError, pairs: group.length, paper: null };
    }),
  );
}
