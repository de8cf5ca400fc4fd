import { resolve, type IndexSet } from '../index-set.js';
import type { Traced } from '../traced.js';
import { zero, type Form } from './linear-system.js';

/** How entries along one set of an axis follow its units: by the element to the power of the form; `squared`, by the squares of what a rotation gives. */
export interface Occurrence {
  readonly set: IndexSet;
  readonly form: Form;
  readonly squared?: boolean;
}

/** Occurrences of sets that may move, by axis, in the order of segments and factors. */
export type Layout = readonly (readonly Occurrence[])[];

/** A tensor and how its entries follow. */
export interface Placed {
  readonly traced: Traced;
  readonly layout: Layout;
}

/** Sets that may move on an axis of a tensor, in order. */
export function movingSets({ axes }: Traced, k: number): readonly IndexSet[] {
  const axis = axes[k];
  if (axis === undefined || axis === 'uniform') return [];
  return resolve(axis)
    .flat()
    .filter(({ fixed }) => !fixed);
}

/** The layout of a tensor that follows nothing. */
export const restingLayout = (traced: Traced): Layout =>
  traced.shape.map((_, k) => movingSets(traced, k).map((set) => ({ set, form: zero })));
