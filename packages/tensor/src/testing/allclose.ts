import type { Tensor } from '@tensorflow/tfjs-core';
import { firstDifference } from './first-difference.js';
import type { Tolerance } from './first-difference.js';

/** What can be compared: a number, nested arrays, a typed array (also of bigints) or a tensor (read with `dataSync`). */
export type Numeric = number | bigint | ArrayLike<number> | ArrayLike<bigint> | Tensor | readonly Numeric[];

/** Throws an error that names the first bad index, both values and the largest error, unless all values are close. Works under any test runner. */
export function expectAllclose(got: Numeric, expected: Numeric, tolerance: Tolerance = {}): void {
  const difference = describeDifference(got, expected, tolerance);
  if (difference !== null) throw new Error(difference);
}

/** What {@link expectAllclose} would say; null where all values are close. */
export function describeDifference(got: Numeric, expected: Numeric, tolerance: Tolerance): string | null {
  const [g, e] = [flat(got), flat(expected)];
  if (g.values.length !== e.values.length)
    return `expected ${e.values.length} values (${shapeText(e)}), got ${g.values.length} (${shapeText(g)})`;
  if (g.shape !== null && e.shape !== null && g.shape.join() !== e.shape.join())
    return `expected shape ${shapeText(e)}, got ${shapeText(g)}`;
  const { first, count, largest, largestAt } = firstDifference(g.values, e.values, tolerance);
  if (first < 0) return null;
  const shape = g.shape ?? e.shape;
  const at = (index: number) => (shape === null || shape.length < 2 ? `[${index}]` : `[${unravel(index, shape).join(', ')}]`);
  const { rtol = 1e-5, atol = 1e-6 } = tolerance;
  return [
    `${count} of ${g.values.length} values differ by more than ${atol} + ${rtol} * |expected|`,
    `first at ${at(first)}: expected ${e.values[first]}, got ${g.values[first]}`,
    `largest error ${largest} at ${at(largestAt)}: expected ${e.values[largestAt]}, got ${g.values[largestAt]}`,
  ].join('\n');
}

/** Values in row-major order; the shape is null where a side has none of its own (typed arrays). */
interface Flat {
  readonly values: ArrayLike<number>;
  readonly shape: readonly number[] | null;
}

function flat(x: Numeric): Flat {
  if (typeof x === 'number' || typeof x === 'bigint') return { values: [Number(x)], shape: [] };
  if ('dataSync' in x) return { values: x.dataSync(), shape: x.shape };
  if (!Array.isArray(x)) return { values: typeof x[0] === 'bigint' ? Array.from(x, Number) : (x as ArrayLike<number>), shape: null };
  const parts = (x as readonly Numeric[]).map(flat);
  const inner = parts[0]?.shape ?? null;
  const regular = parts.every((part) => part.shape !== null && part.shape.join() === inner?.join());
  return { values: parts.flatMap((part) => Array.from(part.values)), shape: regular && inner !== null ? [parts.length, ...inner] : null };
}

function unravel(index: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  for (const size of [...shape].reverse()) {
    place.unshift(index % size);
    index = Math.floor(index / size);
  }
  return place;
}

const shapeText = ({ shape, values }: Flat): string => (shape === null ? `${values.length} flat` : `[${shape.join(', ')}]`);
