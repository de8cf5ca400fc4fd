/** How far two arrays are apart, in the sense of `|got - expected| <= atol + rtol * |expected|`. */
export interface Difference {
  /** Flat index of the first element out of tolerance, -1 where all are within. */
  readonly first: number;
  /** Number of elements out of tolerance. */
  readonly count: number;
  /** Largest |got - expected| and where; NaN where only one side is NaN. */
  readonly largest: number;
  readonly largestAt: number;
}

/** Largest difference that counts as equal: `atol + rtol * |expected|`. */
export interface Tolerance {
  /** Relative to |expected|. Default 1e-5. */
  readonly rtol?: number;
  /** Default 1e-6. */
  readonly atol?: number;
  /** NaN equals NaN. Default false. */
  readonly equalNaN?: boolean;
}

/** Compares element by element; equal infinities are equal. Both sides have the same length. */
export function firstDifference(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 1e-5, atol = 1e-6, equalNaN = false }: Tolerance = {},
): Difference {
  let [first, count, largest, largestAt] = [-1, 0, 0, -1];
  for (let i = 0; i < got.length; i++) {
    const [g, e] = [got[i]!, expected[i]!];
    if (g === e || (equalNaN && g !== g && e !== e)) continue;
    const error = Math.abs(g - e);
    if (!(error <= largest) && !Number.isNaN(largest)) [largest, largestAt] = [error, i];
    // An infinite expectation would allow everything.
    if (error <= atol + rtol * Math.abs(e) && Number.isFinite(e)) continue;
    if (first < 0) first = i;
    count++;
  }
  return { first, count, largest, largestAt };
}
