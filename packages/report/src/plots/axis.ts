import type { ScaleOptions } from '@observablehq/plot';
import type { LineRow } from '../rows.js';

type Kind = 'linear' | 'log';

/** Shares of the largest value below this are rounding errors of 0. */
const rounding = 1e-20;

/** The points that are finite and have a place on the axes: on logarithmic ones those above 0, and on the vertical one above rounding errors of 0. */
export function drawable<T extends Pick<LineRow, 'x' | 'y'>>(rows: readonly T[], { xScale, yScale }: { xScale: Kind; yScale: Kind }): T[] {
  const largest = rows.reduce((most, { y }) => (Number.isFinite(y) ? Math.max(most, y) : most), 0);
  return rows.filter(
    ({ x, y }) =>
      Number.isFinite(x) && Number.isFinite(y) && (xScale === 'linear' || x > 0) && (yScale === 'linear' || y > rounding * largest),
  );
}

/** Ticks that people read: about five on a linear axis; on a logarithmic one powers of ten, with 2 and 5 where there are few. */
export function axisScale(kind: Kind, [low, high]: readonly [number, number]): ScaleOptions {
  if (kind === 'linear') return { type: 'linear', ticks: 5 };
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const inside = (value: number): boolean => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const every = Math.ceil(powers.length / 6);
  const coarse = powers.filter((power) => power % every === 0).map((power) => 10 ** power);
  const fine = powers.flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  const ticks = coarse.filter(inside).length >= 3 ? coarse.filter(inside) : fine.filter(inside);
  // Less than a factor of two: the ends, where no round number lies.
  return { type: 'log', ticks: ticks.length > 1 ? ticks : [low, (low * high) ** 0.5, high], tickFormat: tickText };
}

const tickText = (value: number): string => {
  const power = Math.log10(value);
  if (power >= -3 && power < 5) return String(Number(value.toPrecision(3)));
  return Number(value.toPrecision(3)).toExponential().replace('e+', 'e');
};

/** Room for the tick labels of a vertical axis, in pixels. */
export function marginFor(kind: Kind, [low, high]: readonly [number, number]): number {
  if (kind === 'log') return 56;
  const decimals = Math.max(0, Math.ceil(-Math.log10((high - low) / 5)));
  const whole = Math.max(low.toFixed(0).length, high.toFixed(0).length);
  return Math.max(56, 18 + 7 * (whole + 1 + decimals));
}
