import type { ExpectedTensor } from './contract.js';

/** How far one tensor is off. `ratio` is the largest error in units of its tolerance: up to 1 passes. */
export interface Comparison {
  readonly name: string;
  readonly ratio: number;
  /** What to read beside the ratio: the worst entry, both values. */
  readonly detail: string;
}

/** Holds a computed tensor against the expected one by the folder's rule: `|got - expected| <= atol + rtol * |expected|`, or equality. */
export function compareTensor(name: string, expected: ExpectedTensor, got: ArrayLike<number> | undefined): Comparison {
  if (got === undefined) return { name, ratio: Infinity, detail: 'not computed' };
  if (got.length !== expected.data.length) {
    return { name, ratio: Infinity, detail: `${expected.data.length} values expected, got ${got.length}` };
  }
  const { rtol = 0, atol = 0, exact, compare } = expected.tolerance;
  // Any of several optimal assignments may be found. What it is worth is compared beside it; here only that it is one.
  if (exact === false && compare === 'objective only') return { name, ...permutation(got) };
  let ratio = 0;
  let worst = -1;
  for (let k = 0; k < got.length; k++) {
    const wanted = expected.data[k]!;
    const error = entryRatio(got[k]!, wanted, exact === true ? 0 : atol + rtol * Math.abs(wanted));
    if (error > ratio) {
      ratio = error;
      worst = k;
    }
  }
  const detail = worst < 0 ? '' : `[${place(worst, expected.shape).join(', ')}]: expected ${expected.data[worst]}, got ${got[worst]}`;
  return { name, ratio, detail };
}

function entryRatio(got: number, expected: number, allowed: number): number {
  if (Object.is(got, expected) || got === expected) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(expected)) return Infinity;
  return Math.abs(got - expected) / allowed;
}

function permutation(got: ArrayLike<number>): Omit<Comparison, 'name'> {
  const seen = new Set<number>();
  for (let k = 0; k < got.length; k++) {
    const target = got[k]!;
    if (!Number.isInteger(target) || target < 0 || target >= got.length || seen.has(target)) {
      return { ratio: Infinity, detail: `[${k}]: ${target} makes it no permutation` };
    }
    seen.add(target);
  }
  return { ratio: 0, detail: '' };
}

function place(index: number, shape: readonly number[]): number[] {
  const out: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    out.unshift(index % shape[axis]!);
    index = Math.floor(index / shape[axis]!);
  }
  return out;
}
