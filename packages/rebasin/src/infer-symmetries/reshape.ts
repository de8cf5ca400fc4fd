import { divide, fix, freshAxis, indexSet, isFixed, type Axis, type Segments } from './index-set.js';

/**
 * The axes after a reshape: runs of axes with equal products correspond; within a run the old axes are multiplied together and divided anew.
 * @returns the axes, and whether some had to stay because they could not be divided
 */
export function reshapeAxes(
  before: readonly number[],
  axes: readonly Axis[],
  after: readonly number[],
): { axes: readonly Axis[]; weakened: boolean } {
  const result: Axis[] = [];
  let weakened = false;
  for (let i = 0, j = 0; i < before.length || j < after.length;) {
    const [fromI, fromJ] = [i, j];
    let [left, right] = [before[i++] ?? 1, after[j++] ?? 1];
    while (left !== right) {
      if (left < right) left *= before[i++] ?? right / left;
      else right *= after[j++] ?? left / right;
    }
    const run = regroup(axes.slice(fromI, i), before.slice(fromI, i), after.slice(fromJ, j));
    result.push(...run.axes);
    weakened ||= run.weakened;
  }
  return { axes: result, weakened };
}

function regroup(axes: readonly Axis[], old: readonly number[], sizes: readonly number[]): { axes: Axis[]; weakened: boolean } {
  if (axes.length === 1 && sizes.length === 1) return { axes: [axes[0]!], weakened: false };
  const merged = multiply(axes, old);
  if (merged === 'uniform') return { axes: sizes.map((size) => (size === 1 ? [[]] : 'uniform')), weakened: false };
  const result: Axis[] = [];
  let rest: Segments | null = merged;
  let left = sizes.reduce((product, size) => product * size, 1);
  for (const size of sizes) {
    left /= size;
    if (size === 1) {
      result.push([[]]);
    } else if (rest === null || isFixed(rest)) {
      result.push(freshAxis(size, true));
    } else if (left === 1) {
      result.push(rest);
    } else {
      const divided: ReturnType<typeof divide> = divide(rest, left);
      result.push(divided?.outer ?? freshAxis(size, true));
      rest = divided?.inner ?? null;
    }
  }
  if (rest === null) for (const axis of result) if (axis !== 'uniform') fix(axis);
  return { axes: result, weakened: rest === null };
}

/** One axis that counts several, row-major. */
function multiply(axes: readonly Axis[], sizes: readonly number[]): Axis {
  const long = axes.flatMap((axis, k) => (sizes[k] === 1 ? [] : [{ axis, size: sizes[k]! }]));
  if (long.length > 0 && long.every(({ axis }) => axis === 'uniform')) return 'uniform';
  return [long.map(({ axis, size }) => indexSet(size, axis === 'uniform' ? {} : { parts: axis }))];
}
