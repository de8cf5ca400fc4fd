import { demand, evenly } from '@basinlab/tensor';

/**
 * Accuracy barrier of a path: (least accuracy on it - larger endpoint) / larger endpoint * 100, in percent of the larger endpoint; 0 without
 * a barrier, else negative; 0 where both endpoints are 0. The unit of `accuracies` does not matter. arXiv 2606.04754.
 * @throws BasinlabError on a path without points
 */
export function accuracyBarrier(accuracies: ArrayLike<number>): number {
  const [first, last] = endpoints('accuracyBarrier', accuracies);
  const larger = Math.max(first, last);
  // `+ 0` turns -0 into 0.
  return larger === 0 ? 0 : ((extreme(accuracies, Math.min) - larger) / larger) * 100 + 0;
}

/**
 * Loss barrier of a straight path: the greatest excess of the loss over the straight line between the endpoints' losses,
 * max_i L(lambda_i) - ((1 - lambda_i) L(0) + lambda_i L(1)); at least 0, as the endpoints are on the path. Frankle et al. 2020; the same
 * quantity in "Git Re-Basin" (2023) and arXiv 2506.22712.
 * @param lambdas where the points lie, from 0 to 1; default evenly spaced
 * @throws BasinlabError on a path without points, or lambdas of another number
 */
export function lossBarrier(losses: ArrayLike<number>, lambdas: ArrayLike<number> = evenly(losses.length)): number {
  const [first, last] = endpoints('lossBarrier', losses);
  demand(lambdas.length === losses.length, 'lossBarrier', `one lambda for each of ${losses.length} losses`, lambdas.length);
  const excess = Array.from(losses, (loss, i) => loss - ((1 - lambdas[i]!) * first + lambdas[i]! * last));
  return losses.length === 1 ? 0 : extreme(excess, Math.max);
}

/** Excess of the middle point (index floor(n / 2)) over the larger endpoint's loss; negative where the middle is better than both ends. */
export function midpointLossBarrier(losses: ArrayLike<number>): number {
  const [first, last] = endpoints('midpointLossBarrier', losses);
  return losses[Math.floor(losses.length / 2)]! - Math.max(first, last);
}

/** Excess of the worst point over the larger endpoint's loss; at least 0. */
export function peakLossBarrier(losses: ArrayLike<number>): number {
  const [first, last] = endpoints('peakLossBarrier', losses);
  return extreme(losses, Math.max) - Math.max(first, last);
}

function endpoints(id: string, values: ArrayLike<number>): [number, number] {
  demand(values.length > 0, id, 'a path of at least one point', values.length);
  return [values[0]!, values[values.length - 1]!];
}

/** NaN anywhere on the path makes the barrier NaN: a loss that overflowed must not look like a flat path. */
const extreme = (values: ArrayLike<number>, choose: (a: number, b: number) => number): number =>
  Array.from(values).reduce((a, b) => choose(a, b));

/** One way to say how high a path is, and its value there. */
export interface BarrierValue {
  readonly id:
    | 'accuracy-below-better-end'
    | 'loss-above-chord'
    | 'loss-above-worse-end'
    | 'midpoint-loss-above-worse-end'
    | 'midpoint-loss-above-chord';
  /** In words, with the works that report it. */
  readonly definition: string;
  readonly value: number;
}

/** The barrier definitions of the field side by side for one straight path: they differ where the ends differ, or the worst point is not the middle. */
export function barriersOf(losses: ArrayLike<number>, accuracies?: ArrayLike<number>): BarrierValue[] {
  const [first, last] = endpoints('barriersOf', losses);
  const middle = losses[Math.floor(losses.length / 2)]!;
  const values: BarrierValue[] = [
    {
      id: 'loss-above-chord',
      definition:
        'greatest loss above the straight line between the losses of the ends (arXiv 2506.22712; Frankle et al. 2020; Git Re-Basin)',
      value: lossBarrier(losses),
    },
    {
      id: 'loss-above-worse-end',
      definition:
        'greatest loss above that of the worse end (arXiv 2505.23681, whose ends have equal loss; peak barrier of arXiv 2606.04754)',
      value: peakLossBarrier(losses),
    },
    {
      id: 'midpoint-loss-above-worse-end',
      definition: 'loss of the middle above that of the worse end, which may be negative (synthetic experiment of arXiv 2606.04754)',
      value: midpointLossBarrier(losses),
    },
    {
      id: 'midpoint-loss-above-chord',
      definition: 'loss of the middle above the mean of the ends (Lim et al. 2024)',
      value: middle - (first + last) / 2,
    },
  ];
  if (accuracies === undefined) return values;
  demand(accuracies.length === losses.length, 'barriersOf', `one accuracy for each of ${losses.length} losses`, accuracies.length);
  const accuracy: BarrierValue = {
    id: 'accuracy-below-better-end',
    definition: 'least accuracy below that of the better end, in percent of it (arXiv 2606.04754)',
    value: accuracyBarrier(accuracies),
  };
  return [accuracy, ...values];
}
