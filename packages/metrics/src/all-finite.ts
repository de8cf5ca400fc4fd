/** Whether all values are finite, in one pass without a test per value: 0 times a number is 0 or NaN. */
export function allFinite(values: ArrayLike<number>): boolean {
  let sum = 0;
  for (let at = 0, end = values.length; at < end; at++) sum += 0 * values[at]!;
  return sum === 0;
}
