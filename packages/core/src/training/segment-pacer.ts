/** Chooses how many steps to run before looking up again, so that one segment takes about `seconds`. */
export interface SegmentPacer {
  /** Steps of the next segment, from 1 to `left`. */
  next(left: number): number;
  /** Tells how long a segment took. */
  took(steps: number, seconds: number): void;
}

/** The first segments are short: their time may include compilation, which says nothing about the speed of a step. */
export function segmentPacer({ seconds = 0.5, first = 8 } = {}): SegmentPacer {
  let length = first;
  return {
    next: (left) => Math.max(1, Math.min(left, Math.round(length))),
    took(steps, elapsed) {
      // Growth is bounded because a very short segment is measured badly.
      const wanted = (steps * seconds) / Math.max(elapsed, 1e-6);
      length = Math.max(1, Math.min(wanted, 8 * length));
    },
  };
}
