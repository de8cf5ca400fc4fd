/** What a row says of many values: quantiles by linear interpolation between order statistics. NaN where there are none. */
export interface Summary {
  readonly mean: number;
  readonly least: number;
  readonly median: number;
  readonly greatest: number;
}

/** Mean, least, median and greatest of values. */
export function summaryOf(values: ArrayLike<number>): Summary {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  if (length === 0) return { mean: NaN, least: NaN, median: NaN, greatest: NaN };
  const middle = length >> 1;
  return {
    mean: sorted.reduce((sum, value) => sum + value / length, 0),
    least: sorted[0]!,
    median: length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    greatest: sorted[length - 1]!,
  };
}

/** The entries beside the diagonal of a square matrix, row by row. */
export function besideDiagonal(matrix: ArrayLike<number>, size: number): Float64Array {
  return Float64Array.from(matrix).filter((_, at) => Math.floor(at / size) !== at % size);
}
